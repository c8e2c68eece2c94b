import { isNodeReady } from "#shared/cluster/node-phase.ts";
import { controllerOf } from "#shared/cluster/metadata.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { NO_TRANSIENT_KEYS, transientTaint } from "#shared/cluster/transient-taint.ts";
import type { NodeBundle } from "#shared/states/view/bundle.ts";
import { fitting, shortened, type Cut } from "./fitting.ts";
import { groupOf } from "./grouped.ts";
import { isTight } from "./little-room.ts";
import { isOrdinary } from "./ordinary.ts";
import type { WrittenRow } from "#shared/states/tell/pack.ts";
import type { RowContext } from "./row-context.ts";
import {
  classList,
  classText,
  field,
  fields,
  groupPieces,
  listOf,
  podPieces,
  writtenRow,
  type ClassList,
  type Pieces,
} from "./row-text.ts";
import { rowKey } from "#shared/states/row.ts";
import { tellPod } from "./told-pod.ts";
import { writeObject } from "#shared/states/write/object.ts";

/** A node with all that is on it, as text. What is too large for one event says less, and that it does. */
export const nodeRow = (bundle: NodeBundle, context: RowContext): WrittenRow =>
  fitting((cut) => rowOf(bundle, context, cut));

function rowOf(bundle: NodeBundle, context: RowContext, cut: Cut): WrittenRow {
  const { node, staleLease, csiNode, nodeClaim, daemonPods, nominated, noLease } = bundle;
  const classes = classList();
  const say = (pod: Pod): Pieces => podPiecesOf(pod, { node: node.name, classes, cut });
  const { listed, grouped } = sorted(bundle, context, cut);
  const events = cut === "events" ? [] : bundle.events;
  return writtenRow({
    key: rowKey("Node", node.uid),
    id: { uid: node.uid, name: node.name },
    classes,
    pieces: fields([
      field("node", writeObject("Node", node)),
      field("lease", staleLease && writeObject("Lease", staleLease)),
      field("noLease", noLease),
      field("csiNode", csiNode && writeObject("CSINode", csiNode)),
      field("nodeClaim", nodeClaim && writeObject("NodeClaim", nodeClaim)),
      ['"pods":', ...listOf(daemonPods.map(say))],
      nominated.length === 0 ? [] : ['"nominated":', ...listOf(nominated.map(say))],
      [
        '"others":{"listed":',
        ...listOf(listed.map(say)),
        ',"grouped":',
        ...listOf([...grouped].map(([text, count]) => groupPieces(classes.of(text), count))),
        "}",
      ],
      field(
        "events",
        shortened(
          events.map((event) => writeObject("Event", event)),
          cut,
        ),
      ),
      field("cut", cut),
    ]),
  });
}

type Saying = { readonly node: string; readonly classes: ClassList; readonly cut: Cut };

export function podPiecesOf(pod: Pod, { node, classes, cut }: Saying): Pieces {
  const { of, own } = tellPod(pod, node);
  return podPieces(classes.of(classText(of)), shortened(own, cut));
}

type Sorted = { readonly listed: readonly Pod[]; readonly grouped: ReadonlyMap<string, number> };

/** Which of the other pods are told by name. */
function sorted(bundle: NodeBundle, context: RowContext, cut: Cut): Sorted {
  const listed: Pod[] = [];
  const grouped = new Map<string, number>();
  const all = cut === undefined && needsNames(bundle, context);
  for (const pod of bundle.others) {
    const group =
      all || context.isNamed(pod)
        ? undefined
        : groupOf(pod, context.labelKeys(pod.namespace), context.version);
    if (group === undefined) listed.push(pod);
    else {
      const text = classText(group);
      grouped.set(text, (grouped.get(text) ?? 0) + 1);
    }
  }
  return { listed, grouped };
}

/**
 * Somebody will ask who is on the node: a daemon is missing or not up, the node is not well or goes, somebody waits for a
 * place, or there would be none for a daemon that comes again.
 */
function needsNames(bundle: NodeBundle, context: RowContext): boolean {
  return (
    !isWell(bundle) ||
    bundle.nominated.length > 0 ||
    !bundle.daemonPods.every((pod) => isOrdinary(pod) && pod.spec.nodeName !== "") ||
    isAnyMissing(bundle, context) ||
    isTight(bundle, context.version)
  );
}

/** Ready, its clock right, and nothing says that it will go. */
const isWell = ({ node, staleLease, nodeClaim }: NodeBundle): boolean =>
  isNodeReady(node) &&
  node.deletionAt === undefined &&
  staleLease === undefined &&
  nodeClaim?.deletionAt === undefined &&
  !node.taints.some((taint) => transientTaint(taint, NO_TRANSIENT_KEYS, true) !== undefined);

function isAnyMissing({ node, daemonPods }: NodeBundle, context: RowContext): boolean {
  const there = new Set(daemonPods.map((pod) => controllerOf(pod)?.uid));
  return [...context.wantedOn(node)].some((uid) => !there.has(uid));
}
