import * as z from "zod";
import { hash, hashOrNone, HEADER, name, uid } from "./header.ts";
import { classes, cut, gone, Grouped, PodRow } from "./pod-rows.ts";
import { list, type Told } from "./shapes/field.ts";
import { CSINode, Lease, Node, NodeClaim } from "./shapes/node.ts";
import { Event } from "./shapes/policy.ts";

const id = { uid: uid("UID of the node"), name: name("name of the node") };

/** A node with everything that is on it or aimed at it. */
export const NodeState = z.union([
  z.strictObject({ ...id, hash: hashOrNone, gone }),
  z.strictObject({
    ...id,
    hash,
    node: Node,
    lease: Lease.describe("only where its renewal is news").optional(),
    noLease: z.literal(true).describe("the node has no Lease at all").optional(),
    csiNode: CSINode.optional(),
    nodeClaim: NodeClaim.optional(),
    pods: list(PodRow, "pods of DaemonSets that are on it or aimed at it"),
    nominated: list(PodRow, "pods that wait for room on it").optional(),
    others: z.strictObject({
      listed: list(PodRow, "other pods, where it matters which they are"),
      grouped: list(Grouped, "other pods, where their sums are enough"),
    }),
    events: list(Event, "Events about it and the pods of DaemonSets on it"),
    cut,
  }),
]);
export type NodeState = Told<z.infer<typeof NodeState>>;

export const NodeStates = z.object({ ...HEADER, classes, nodes: list(NodeState) });
export type NodeStates = Told<z.infer<typeof NodeStates>>;
