/** Text that can stand between other text and still be told apart from it. */
export const sized = (text: string): string => `${text.length}:${text}`;

/**
 * Equal for values that are equal in everything, and for no others: what an object says is kept apart from the marks around
 * it, whatever it says. The order of keys counts.
 */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `"${sized(value)}`;
    case "number":
      return Object.is(value, -0) ? "#-0;" : `#${value};`;
    case "bigint":
      return `%${value};`;
    case "boolean":
      return value ? "+" : "-";
    case "undefined":
      return "?";
    case "object":
      return value === null ? "!" : ofObject(value);
    case "function":
    case "symbol":
      throw new TypeError(`a ${typeof value} is no data`);
  }
}

function ofObject(value: object): string {
  if (Array.isArray(value)) return `[${value.length}:${value.map(canonical).join("")}`;
  if (value instanceof Map) {
    const entries = [...value].map(([key, one]) => canonical(key) + canonical(one));
    return `{${value.size}:${entries.join("")}`;
  }
  if (value instanceof Set) return `(${value.size}:${[...value].map(canonical).join("")}`;
  const entries = Object.entries(value);
  return `<${entries.length}:${entries.map(([key, one]) => sized(key) + canonical(one)).join("")}`;
}
