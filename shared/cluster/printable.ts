const PLAIN = /^[\x20-\x7e]*$/;
/** Controls, line and paragraph separators, everything that is drawn as nothing or turns the direction of what follows. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;
/** A fourth and further mark on one character climbs over the lines around it. */
const MARKS = /(\p{M}{3})\p{M}+/gu;
const SHORT: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/**
 * `text` from outside as one line that shows all of itself and steers no terminal: what is unseen is written
 * as its escape (\x1b, \u202e), half a surrogate pair as U+FFFD. Longer than `max` characters, it ends in "…".
 */
export function printable(text: string, max = Number.POSITIVE_INFINITY): string {
  const clean = PLAIN.test(text)
    ? text
    : text.toWellFormed().replace(UNSEEN, escapeOf).replace(MARKS, "$1");
  if (clean.length <= max) return clean;
  const characters = Array.from(clean);
  return characters.length <= max
    ? clean
    : `${characters.slice(0, Math.max(0, max - 1)).join("")}…`;
}

function escapeOf(character: string): string {
  const known = SHORT.get(character);
  if (known !== undefined) return known;
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}
