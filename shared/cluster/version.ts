/** Version of the API server, as far as rules depend on it. */
export type Version = {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly text: string;
};

const PATTERN = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,5}))?/;

/** "v1.29.7", "v1.33.4+k3s1", "1.28"; undefined for anything else, a build that nobody stamped ("v0.0.0-master") too. */
export function parseVersion(text: string): Version | undefined {
  const match = PATTERN.exec(text);
  if (!match || Number(match[1]) === 0) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0), text };
}

/** undefined when the version is unknown: callers then say what they assume. */
export const atLeast = (version: Version | undefined, minor: number): boolean | undefined =>
  version === undefined ? undefined : version.major > 1 || version.minor >= minor;
