const HIDDEN = "***";
/** Enough for the longest message of the scheduler on a large cluster. */
const LONGEST = 4096;

/** Every count is bounded, so that no text costs more than its length. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [^-]{1,40}-----[\s\S]*/g, HIDDEN],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"']{1,256}@/gi, `$1${HIDDEN}@`],
  // An image that was written with its registry's credentials. A digest also stands behind an @.
  [
    /(^|[\s"'=(])[^\s/@"':]{1,256}:[^\s/@"']{1,256}@(?!sha\d{3}:)(?=[\w.-]{1,253}[/:])/g,
    `$1${HIDDEN}@`,
  ],
  [/\beyJ[\w-]{10,4000}\.[\w-]{5,8000}(?:\.[\w-]{0,4000})?/g, HIDDEN],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, HIDDEN],
  [/\b((?:bearer|basic) {1,3})[\w.~+/=-]{8,4000}/gi, `$1${HIDDEN}`],
  [
    /((?:password|passwd|pwd|secret|token|api[-_]?key|access[-_]?key|credentials?)[\w.-]{0,40}["']?\s{0,3}[=:]\s{0,3})(?:"[^"]{1,4000}"|'[^']{1,4000}'|[^\s,;"']{1,4000})/gi,
    `$1${HIDDEN}`,
  ],
];

/**
 * A message of a controller or a kubelet without what looks like a credential: user names in URLs, values of secret-like keys,
 * tokens, keys. Messages quote what programs were started with, so none of them is above suspicion.
 */
export function redactText(text: string): string {
  let clean = text.slice(0, LONGEST);
  for (const [pattern, instead] of PATTERNS) clean = clean.replace(pattern, instead);
  return clean;
}

const IMAGE_USER = /^([a-z]{1,10}:\/\/)?[^/]{1,2000}@(?!sha\d{3}:)/;

/** An image's name without the credentials that no registry takes there, and that are written there all the same. */
export const redactImage = (image: string): string =>
  image.includes("@") ? image.replace(IMAGE_USER, `$1${HIDDEN}@`) : image;
