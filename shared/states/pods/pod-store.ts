import type { Pod } from "#shared/cluster/pod.ts";
import type { HeldClass } from "./pod-class.ts";
import { podPacker } from "./pod-packer.ts";
import { podTable, type Place, type PodChange } from "./pod-table.ts";
import { idOf, type Ref } from "./sheet.ts";
import { stage, type StagedPod } from "./stage.ts";

/** Pods in columns: what those of one revision share is held once, and a pod is made again when somebody looks at it. */
export type PodStore = {
  /** Packed at once, and not yet part of the store. To be put once, in the order in which pods were staged. */
  readonly stage: (pod: Pod) => StagedPod;
  /** undefined: it says nothing new. */
  put(pod: Pod | StagedPod): PodChange | undefined;
  /** These are all; others go, and so does what was staged before them and never put. */
  reset(pods: Iterable<Pod | StagedPod>, changed: (change: PodChange) => void): void;
  /** undefined: it was not there. */
  gone(ref: Ref): PodChange | undefined;
  byUid(uid: string): Pod | undefined;
  placeOf(uid: string): Place | undefined;
  /** Bound to the node or aimed at it, in no order. "": of no node. */
  onNode(name: string, which?: (of: HeldClass) => boolean): readonly Pod[];
  /** UIDs of the DaemonSets that have pods there. */
  daemonsOn(name: string): ReadonlySet<string>;
  /** Names of the nodes that pods are filed under, be there such nodes or not. */
  nodeNames(): Iterable<string>;
  /** Another number once these names are others. */
  nodeNamesSince(): number;
  ofOwner(uid: string): readonly Pod[];
  nominatedFor(node: string): readonly Pod[];
  all(): Generator<Pod>;
  sizes(): PodSizes;
};

/** Bytes: of all columns, lists and indexes, and what is held once for many, about. */
export type PodSizes = {
  readonly pods: number;
  readonly classes: number;
  readonly shapes: number;
  readonly bytes: number;
};

const everything = (): boolean => true;

export function podStore(): PodStore {
  const packer = podPacker();
  const table = podTable(packer);
  const staged = stage(packer);
  const { rows, lists } = table;

  const stagedRow = (pod: Pod | StagedPod): number | undefined =>
    staged.rowOf(typeof pod === "number" ? pod : staged.add(pod));
  const rowOf = (uid: string): number | undefined =>
    uid === "" ? undefined : table.find(idOf({ namespace: "", name: "", uid }));

  function* podsAt(found: Iterable<number>, which: (of: HeldClass) => boolean): Generator<Pod> {
    for (const row of found) {
      const of = packer.classOf(rows, row);
      const pod = of !== undefined && which(of) ? packer.unpack(rows, row) : undefined;
      if (pod !== undefined) yield pod;
    }
  }

  function reset(pods: Iterable<Pod | StagedPod>, changed: (change: PodChange) => void): void {
    const told = new Uint8Array(table.top());
    let last = -1;
    for (const pod of pods) {
      const from = stagedRow(pod);
      if (typeof pod === "number") last = Math.max(last, pod);
      if (from === undefined) continue;
      const { row, change } = table.settle(staged, from);
      if (row < told.length) told[row] = 1;
      if (change !== undefined) changed(change);
    }
    staged.dropUntil(last);
    for (let row = 0; row < told.length; row += 1)
      if (told[row] === 0 && table.isUsed(row)) changed(table.remove(row));
  }

  return {
    stage: staged.add,
    reset,
    put(pod) {
      const from = stagedRow(pod);
      return from === undefined ? undefined : table.settle(staged, from).change;
    },
    gone(ref) {
      const row = table.find(idOf(ref));
      return row === undefined ? undefined : table.remove(row);
    },
    byUid(uid) {
      const row = rowOf(uid);
      return row === undefined ? undefined : packer.unpack(rows, row);
    },
    placeOf(uid) {
      const row = rowOf(uid);
      return row === undefined ? undefined : table.placeAt(row);
    },
    onNode: (name, which = everything) => [...podsAt(lists.rowsOn(name), which)],
    daemonsOn: (name) =>
      new Set([...lists.rowsOn(name)].map((row) => packer.classOf(rows, row)?.daemonOf ?? "")),
    *nodeNames() {
      for (const { key } of packer.nodes.all()) yield key;
    },
    nodeNamesSince: () => packer.nodes.since(),
    ofOwner: (uid) => [
      ...podsAt(table.used(), ({ owners }) =>
        owners.some((one) => one.controller && one.uid === uid),
      ),
    ],
    nominatedFor: (node) => [...podsAt(lists.nominatedFor(node), everything)],
    all: () => podsAt(table.used(), everything),
    sizes() {
      const { bytes, ...sizes } = packer.sizes();
      return { pods: table.count(), ...sizes, bytes: bytes + table.bytes() + staged.bytes() };
    },
  };
}
