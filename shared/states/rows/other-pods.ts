import { controllerOf } from "#shared/cluster/metadata.ts";
import { isNodeReady } from "#shared/cluster/node-phase.ts";
import { NO_TRANSIENT_KEYS, transientTaint } from "#shared/cluster/transient-taint.ts";
import type { NodeBundle } from "#shared/states/view/bundle.ts";
import { groupOf } from "./grouped.ts";
import { isToldByClass, type KnownPod } from "./known-pod.ts";
import { isTight } from "./little-room.ts";
import type { RowContext } from "./row-context.ts";
import type { ToldClass } from "./row-text.ts";

/** A node with what is remembered of the pods on it. */
export type KnownNode = NodeBundle & {
  readonly daemons: readonly KnownPod[];
  readonly promised: readonly KnownPod[];
  /** Its others. */
  readonly rest: readonly KnownPod[];
};

export type OtherPods = {
  readonly listed: readonly KnownPod[];
  /** How many there are of each class, which is found by its text. */
  readonly grouped: ReadonlyMap<string, { readonly of: ToldClass; readonly count: number }>;
};

/** Those that are no daemons: which are told by name, and which by their sums. `isShort`: no more names than must be. */
export function otherPods(known: KnownNode, context: RowContext, isShort: boolean): OtherPods {
  const { version } = context;
  const listed: KnownPod[] = [];
  const grouped = new Map<string, { readonly of: ToldClass; readonly count: number }>();
  const all = !isShort && needsNames(known, context);
  for (const one of known.rest) {
    const { pod } = one;
    const of =
      all || context.isNamed(pod)
        ? undefined
        : groupOf(one, { keys: context.labelKeys(pod.namespace), version });
    if (of === undefined) listed.push(one);
    else grouped.set(of.text, { of, count: (grouped.get(of.text)?.count ?? 0) + 1 });
  }
  return { listed, grouped };
}

/**
 * Somebody will ask who is on the node: a daemon is missing or not up, the node is not well or goes, somebody waits for a
 * place, or there would be none for a daemon that comes again.
 */
const needsNames = (known: KnownNode, context: RowContext): boolean =>
  !isWell(known) ||
  known.nominated.length > 0 ||
  !known.daemons.every((one) => isToldByClass(one) && one.pod.spec.nodeName !== "") ||
  isAnyMissing(known, context) ||
  isTight(known, context.version);

/** Ready, its clock right, and nothing says that it will go. */
const isWell = ({ node, staleLease, nodeClaim }: NodeBundle): boolean =>
  isNodeReady(node) &&
  node.deletionAt === undefined &&
  staleLease === undefined &&
  nodeClaim?.deletionAt === undefined &&
  !node.taints.some((taint) => transientTaint(taint, NO_TRANSIENT_KEYS, true) !== undefined);

function isAnyMissing({ node, daemonPods }: NodeBundle, context: RowContext): boolean {
  const there = new Set(daemonPods.map((pod) => controllerOf(pod)?.uid));
  for (const uid of context.wantedOn(node)) if (!there.has(uid)) return true;
  return false;
}
