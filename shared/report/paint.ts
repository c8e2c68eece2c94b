/** Colours by meaning, so that no renderer chooses one by taste. Never the only carrier of a meaning. */
const CODES = {
  strong: "1",
  faint: "2",
  critical: "1;31",
  warning: "33",
  info: "36",
  good: "32",
  dark: "35",
} as const;
export type Tone = keyof typeof CODES;

export type Paint = (tone: Tone, text: string) => string;

export const painter =
  (color: boolean): Paint =>
  (tone, text) =>
    color && text !== "" ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text;
