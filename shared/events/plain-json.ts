/** Why something that was sent to us is not taken. The code is stable; the message is for people. */
export type NotTaken = {
  readonly ok: false;
  readonly code: NotTakenCode;
  readonly message: string;
};

export type NotTakenCode =
  | "event.too-large"
  | "event.not-json"
  | "event.too-deep"
  | "event.reserved-key"
  | "event.shape"
  | "source.unknown"
  | "account.unknown"
  | "region.unknown"
  | "type.unknown"
  | "version.unknown"
  | "detail.shape"
  | "cluster.other"
  | "rows.at-odds";

export const notTaken = (code: NotTakenCode, message: string): NotTaken => ({
  ok: false,
  code,
  message,
});

/** EventBridge takes no larger entry. */
const MOST_BYTES = 1_048_576;
const MOST_DEPTH = 64;
const MARK = "\u{feff}";

type Json = { readonly ok: true; readonly value: unknown } | NotTaken;

const isTooLarge = (text: string): boolean =>
  text.length > MOST_BYTES ||
  (text.length * 3 > MOST_BYTES && new TextEncoder().encode(text).length > MOST_BYTES);

/** Text of what a Lambda was handed; undefined: it is no JSON and never was. */
function textOf(input: unknown): string | undefined {
  if (typeof input === "string") return input;
  try {
    return JSON.stringify(input);
  } catch {
    return undefined;
  }
}

type Trouble = "event.too-deep" | "event.reserved-key";

function troubleIn(value: unknown, depth: number): Trouble | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (depth > MOST_DEPTH) return "event.too-deep";
  if (Object.hasOwn(value, "__proto__")) return "event.reserved-key";
  for (const one of Object.values(value)) {
    const trouble = troubleIn(one, depth + 1);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

const WORDS: { readonly [T in Trouble]: string } = {
  "event.too-deep": `it is nested more than ${MOST_DEPTH} deep`,
  "event.reserved-key": "it has a key __proto__, which no object of Kubernetes has",
};

/** JSON that can be looked into without harm: neither too large nor too deep, and no key that changes what an object inherits. */
export function plainJson(input: unknown): Json {
  const text = textOf(input);
  if (text === undefined) return notTaken("event.not-json", "it is not JSON");
  if (isTooLarge(text)) return notTaken("event.too-large", "it has more than 1 MiB");
  if (text.startsWith(MARK))
    return notTaken("event.not-json", "it begins with a byte order mark, which JSON does not have");
  const parsed = parse(text);
  if (parsed === undefined) return notTaken("event.not-json", "it is not JSON, or not all of it");
  const trouble = troubleIn(parsed.value, 1);
  return trouble === undefined
    ? { ok: true, value: parsed.value }
    : notTaken(trouble, WORDS[trouble]);
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
