/** "1 pod", "3 pods". */
export const plural = (count: number, word: string): string =>
  `${count} ${word}${count === 1 ? "" : "s"}`;

const NAMED = 3;

/** "a", "a and b", "a, b and 7 more". */
export function listed(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? "";
  if (names.length > NAMED + 1)
    return `${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

/** "node a", "3 nodes (a, b and c)". */
export const nodesText = (nodes: readonly string[]): string =>
  nodes.length === 1
    ? `node ${nodes[0] ?? ""}`
    : `${plural(nodes.length, "node")}${nodes.length > 0 && nodes.length <= NAMED ? ` (${listed(nodes)})` : ""}`;
