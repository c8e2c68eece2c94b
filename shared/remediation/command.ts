import { splitKey } from "#shared/cluster/metadata.ts";

const PLAIN_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;
const PRINTABLE = /^[\x20-\x7e]*$/;

/**
 * `text` as one word of a POSIX shell. What cannot be seen becomes an escape of bash's and zsh's $'…', so that a
 * name with a line break or a terminal sequence in it stays one visible line.
 */
export function shellWord(text: string): string {
  if (PLAIN_WORD.test(text)) return text;
  if (PRINTABLE.test(text)) return `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const escaped = Array.from(text.toWellFormed(), (character) =>
    character === "'" || character === "\\"
      ? `\\${character}`
      : PRINTABLE.test(character)
        ? character
        : escapeOf(character),
  );
  return `$'${escaped.join("")}'`;
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0xfffd;
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** One shell line. Words are quoted here and nowhere else. */
export const commandLine = (words: readonly string[]): string => words.map(shellWord).join(" ");

export const kubectl = (...words: readonly string[]): string => commandLine(["kubectl", ...words]);

/** "kubectl -n NS …" for "NS/NAME", "kubectl …" for the name of a cluster-scoped object. */
export function kubectlFor(key: string, ...words: readonly string[]): string {
  const { namespace } = splitKey(key);
  return namespace === "" ? kubectl(...words) : kubectl("-n", namespace, ...words);
}

/** A name in front of which kubectl reads no flag: `pod/NAME`, since a hostile name may start with a dash. */
export const target = (type: string, key: string): string => `${type}/${splitKey(key).name}`;

/** JSON in ASCII, so that it survives every shell, terminal and clipboard as it is. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** kubectl's default patch type, strategic: containers merge by name, all other lists are replaced whole. */
export const patchCommand = (type: string, key: string, patch: unknown): string =>
  kubectlFor(key, "patch", target(type, key), "--type=strategic", "-p", asciiJson(patch));
