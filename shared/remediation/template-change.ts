import type { ClusterFacts } from "#shared/audit/facts.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import { advice, type Advice, type Json } from "./advice.ts";
import { patchCommand } from "./command.ts";
import { ownerOf } from "./owner.ts";
import { together } from "./price.ts";

export type Change = {
  /** "namespace/name" of the DaemonSet. */
  readonly daemonSet: string;
  /** A sentence that starts with a verb; no full stop. */
  readonly summary: string;
  /** What of the object must change; undefined when it was not seen or cannot be written down. */
  readonly patch: ((set: DaemonSet) => Json | undefined) | undefined;
  /** Shell lines that must come first. */
  readonly first?: readonly string[];
  readonly price?: string | undefined;
  readonly limit?: string | undefined;
  /** A list that the patch writes whole, as it is now with the change in it: two such patches undo one another. */
  readonly whole?: (patch: Json) => string | undefined;
};

/**
 * A change of a DaemonSet: with a patch where a patch holds, and with the place where it belongs where somebody
 * would overwrite it (GitOps, Helm, managed add-ons, operators).
 */
export function changeDaemonSet(change: Change, facts: ClusterFacts): Advice {
  const set = facts.daemonSet(change.daemonSet)?.daemonSet;
  const owner = set && ownerOf(set);
  if (owner !== undefined) return changeAt(owner.where, change);
  const { summary, first = [], price, limit } = change;
  const patch = set === undefined || set.inferred ? undefined : change.patch?.(set);
  const command =
    patch === undefined ? first : [...first, patchCommand("daemonset", change.daemonSet, patch)];
  return advice({
    summary,
    command: lines(command),
    patch,
    price,
    limit: patch === undefined ? limit : together(limit, undoes(change, patch)),
  });
}

function undoes({ whole }: Change, patch: Json): string | undefined {
  const list = whole?.(patch);
  return list && `the patch writes ${list} whole: audit again before the next change of them`;
}

function changeAt(where: string, { summary, first = [], price, limit }: Change): Advice {
  const because = "a patch made by hand would be overwritten";
  return advice({
    summary: `${summary}: change it in ${where}`,
    command: lines(first),
    price,
    limit: limit === undefined ? because : `${because}; ${limit}`,
  });
}

const lines = (commands: readonly string[]): string | undefined =>
  commands.length === 0 ? undefined : commands.join("\n");

/** A patch of the pod template's spec. */
export const podSpecPatch = (spec: Json): Json => ({ spec: { template: { spec } } });
