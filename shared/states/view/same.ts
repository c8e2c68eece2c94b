/** Whether two values of ours say the same. A field that is undefined is like one that is not there. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && sameLists(a, b);
  if (a instanceof Map) return b instanceof Map && sameMaps(a, b);
  if (a instanceof Set) return b instanceof Set && a.size === b.size && a.isSubsetOf(b);
  if (Array.isArray(b) || b instanceof Map || b instanceof Set) return false;
  return sameRecords(a, b);
}

const sameLists = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((one, at) => same(one, b[at]));

const sameMaps = (a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.has(key) && same(value, b.get(key)));

function sameRecords(a: object, b: object): boolean {
  const others = new Map<string, unknown>(Object.entries(b));
  for (const [key, value] of Object.entries(a)) {
    if (!same(value, others.get(key))) return false;
    others.delete(key);
  }
  return [...others.values()].every((value) => value === undefined);
}
