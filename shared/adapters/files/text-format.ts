/** How text is written, told by its first bytes. */
export type TextFormat = {
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be";
  readonly syntax: "json" | "yaml";
};

/** So many bytes are looked at; fewer are enough at the end of a file. */
export const SNIFFED = 4096;

const startsWith = (bytes: Uint8Array, ...first: readonly number[]): boolean =>
  first.every((byte, i) => bytes[i] === byte);

/** PowerShell writes UTF-16 with a byte order mark; without one the zero bytes beside the first bracket tell it. */
function encodingOf(bytes: Uint8Array): TextFormat["encoding"] {
  if (startsWith(bytes, 0xff, 0xfe)) return "utf-16le";
  if (startsWith(bytes, 0xfe, 0xff)) return "utf-16be";
  if (bytes[0] !== 0 && bytes[1] === 0) return "utf-16le";
  return bytes[0] === 0 && bytes[1] !== 0 ? "utf-16be" : "utf-8";
}

const YAML_LINE = /^(?:---(?:\s|$)|%YAML|-(?:\s|$)|(?:apiVersion|kind|items|metadata)\s*:)/;

function syntaxOf(text: string): TextFormat["syntax"] {
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    if (/^\s*[{[]/.test(line)) return "json";
    if (YAML_LINE.test(line)) return "yaml";
  }
  return "json";
}

/** undefined: this is no text. */
export function textFormat(first: Uint8Array): TextFormat | undefined {
  const encoding = encodingOf(first);
  const text = new TextDecoder(encoding).decode(first);
  return text.includes("\0") ? undefined : { encoding, syntax: syntaxOf(text) };
}
