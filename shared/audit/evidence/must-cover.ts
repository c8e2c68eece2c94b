import { keyOf } from "#shared/cluster/metadata.ts";
import type { DaemonSetView, NodeView } from "#shared/audit/facts.ts";
import { matchesGlob } from "#shared/audit/glob.ts";

/** Annotation `dsaudit.dev/must-cover` of a DaemonSet: names of pools or nodes with *, commas between; "true" is all. */
export const MUST_COVER_ANNOTATION = "must-cover";

const annotated = (text: string): readonly string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => (part === "true" ? "*" : part));

export type MustCover = (node: Pick<NodeView, "node" | "pool">) => boolean;

/** Did somebody say that the DaemonSet must be on the node, whatever rules and taints say? undefined: of no node. */
export function mustCover({
  daemonSet,
  facts,
}: Pick<DaemonSetView, "daemonSet" | "facts">): MustCover | undefined {
  const globs = [
    ...annotated(daemonSet.annotations.get(MUST_COVER_ANNOTATION) ?? ""),
    ...facts.policy.mustCover
      .filter((rule) => matchesGlob(rule.daemonSet, keyOf(daemonSet)))
      .map(({ nodes }) => nodes),
  ];
  if (globs.length === 0) return undefined;
  return ({ node, pool }) =>
    globs.some((glob) => matchesGlob(glob, node.name) || (pool !== "" && matchesGlob(glob, pool)));
}
