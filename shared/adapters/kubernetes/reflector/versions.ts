const DECIMAL = /^(?:0|[1-9]\d{0,30})$/;

/**
 * Of two resource versions of one kind: is `a` older (-1), the same (0), newer (1)? undefined: they are no decimal numbers, so
 * only the server can tell.
 */
export function compareVersions(a: string, b: string): -1 | 0 | 1 | undefined {
  if (a === b) return 0;
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return undefined;
  if (a.length !== b.length) return a.length < b.length ? -1 : 1;
  return a < b ? -1 : 1;
}
