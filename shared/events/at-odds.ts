import { printable } from "#shared/cluster/printable.ts";
import type { DaemonSetState, DaemonSetStates } from "./daemon-set-states.ts";
import type { NodeState, NodeStates } from "./node-states.ts";
import type { ObjectState, ObjectStates } from "./object-states.ts";
import type { PodRow } from "./pod-rows.ts";
import type { MetadataShape } from "./shapes/metadata.ts";
import type { Snapshot } from "./snapshot.ts";

/** What each field allows by itself and the event as a whole does not: the first such thing, in words. */
type AtOdds = string | undefined;

function twice(uids: readonly string[]): AtOdds {
  const seen = new Set<string>();
  for (const uid of uids) {
    if (seen.has(uid)) return `${printable(uid, 80)} is told twice`;
    seen.add(uid);
  }
  return undefined;
}

type Row = { readonly uid: string; readonly name: string };

const unlike = ({ uid, name }: Row, metadata: MetadataShape): AtOdds =>
  (metadata.uid ?? "") === uid && (metadata.name ?? "") === name
    ? undefined
    : `the row ${printable(uid, 80)} holds an object of another name or UID`;

const firstOf = <T>(items: readonly T[], check: (item: T) => AtOdds): AtOdds => {
  for (const item of items) {
    const found = check(item);
    if (found !== undefined) return found;
  }
  return undefined;
};

const noClass = (index: number, classes: readonly unknown[]): AtOdds =>
  index < classes.length ? undefined : `class ${index} is not among the ${classes.length} told`;

const podsOf = (state: NodeState): readonly PodRow[] =>
  "gone" in state ? [] : [...state.pods, ...(state.nominated ?? []), ...state.others.listed];

const inNode = (state: NodeState, classes: readonly unknown[]): AtOdds =>
  "gone" in state
    ? undefined
    : (unlike(state, state.node.metadata) ??
      firstOf(podsOf(state), (pod) => noClass(pod.class, classes)) ??
      firstOf(state.others.grouped, ([index]) => noClass(index, classes)));

const inDaemonSet = (state: DaemonSetState, classes: readonly unknown[]): AtOdds =>
  "gone" in state
    ? undefined
    : (unlike(state, state.daemonSet.metadata) ??
      ((state.daemonSet.metadata.namespace ?? "") === state.namespace
        ? undefined
        : `the row ${printable(state.uid, 80)} holds an object of another namespace`) ??
      firstOf(state.strays, (pod) => noClass(pod.class, classes)));

const inObject = (state: ObjectState): AtOdds =>
  "object" in state ? unlike(state, state.object.metadata) : undefined;

export const nodesAtOdds = ({ nodes, classes }: NodeStates): AtOdds =>
  twice(nodes.map(({ uid }) => uid)) ?? firstOf(nodes, (one) => inNode(one, classes));

export const daemonSetsAtOdds = ({ daemonSets, classes }: DaemonSetStates): AtOdds =>
  twice(daemonSets.map(({ uid }) => uid)) ??
  firstOf(daemonSets, (one) => inDaemonSet(one, classes));

export const objectsAtOdds = ({ objects }: ObjectStates): AtOdds =>
  twice(objects.map(({ uid }) => uid)) ?? firstOf(objects, inObject);

export const snapshotAtOdds = ({ part, of, rows, count }: Snapshot): AtOdds => {
  if (part > of) return `part ${part} of ${of} cannot be`;
  if (rows.length > count) return `${rows.length} rows in a part of ${count}`;
  return twice(rows.map(([key]) => key));
};
