import type { Kind } from "#shared/cluster/cluster.ts";
import { RESOURCES } from "./object.ts";

/** Kinds that not every cluster serves: kubectl would refuse the whole line for them. */
const OPTIONAL: ReadonlySet<Kind> = new Set(["NodePool", "NodeClaim"]);

/** The line that collects these kinds of a cluster into a file that `-f` reads. */
export function collectCommand(
  kinds: readonly Kind[] = RESOURCES.map(({ kind }) => kind).filter((kind) => !OPTIONAL.has(kind)),
): string {
  const plurals = RESOURCES.filter(({ kind }) => kinds.includes(kind)).map(({ plural }) => plural);
  return `kubectl get ${plurals.join(",")} -A -o json > dump.json`;
}
