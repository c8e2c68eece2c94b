import type { Kind, Kinds } from "#shared/cluster/cluster.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { NodeBundle } from "#shared/states/view/bundle.ts";
import { fitting, shortened, type Cut } from "./fitting.ts";
import { knownPod, type KnownPod } from "./known-pod.ts";
import { otherPods, type KnownNode, type OtherPods } from "./other-pods.ts";
import { podPiecesOf } from "./pod-pieces.ts";
import type { WrittenRow } from "#shared/states/tell/pack.ts";
import type { RowContext } from "./row-context.ts";
import {
  classList,
  field,
  fields,
  groupPieces,
  listOf,
  writtenRow,
  type ClassList,
  type Pieces,
} from "./row-text.ts";
import { rowKey } from "#shared/states/row.ts";
import { writeObject } from "#shared/states/write/object.ts";

/** A node with all that is on it, as text. What is too large for one event says less, and that it does. */
export function nodeRow(bundle: NodeBundle, context: RowContext): WrittenRow {
  const known = knownIn(bundle);
  return fitting((cut) => rowOf(known, otherPods(known, context, cut !== undefined), cut));
}

function knownIn(bundle: NodeBundle): KnownNode {
  const on = (pod: Pod): KnownPod => knownPod(pod, bundle.node.name);
  return {
    ...bundle,
    daemons: bundle.daemonPods.map(on),
    promised: bundle.nominated.map(on),
    rest: bundle.others.map(on),
  };
}

function rowOf(known: KnownNode, others: OtherPods, cut: Cut): WrittenRow {
  const { node, noLease, staleLease, promised } = known;
  const classes = classList();
  const say = (one: KnownPod): Pieces => podPiecesOf(one, { node: node.name, classes, cut });
  const events = cut === "events" ? [] : known.events.map((one) => writeObject("Event", one));
  return writtenRow({
    key: rowKey("Node", node.uid),
    id: { uid: node.uid, name: node.name },
    classes,
    pieces: fields([
      objectField("node", "Node", node),
      objectField("lease", "Lease", staleLease),
      field("noLease", noLease),
      objectField("csiNode", "CSINode", known.csiNode),
      objectField("nodeClaim", "NodeClaim", known.nodeClaim),
      ['"pods":', ...listOf(known.daemons.map(say))],
      promised.length === 0 ? [] : ['"nominated":', ...listOf(promised.map(say))],
      ['"others":{"listed":', ...listOf(others.listed.map(say)), ...groupsIn(others, classes)],
      field("events", shortened(events, cut)),
      field("cut", cut),
    ]),
  });
}

const objectField = <K extends Kind>(name: string, kind: K, object: Kinds[K] | undefined): Pieces =>
  field(name, object && writeObject(kind, object));

const groupsIn = ({ grouped }: OtherPods, classes: ClassList): Pieces => [
  ',"grouped":',
  ...listOf([...grouped.values()].map(({ of, count }) => groupPieces(classes.of(of), count))),
  "}",
];
