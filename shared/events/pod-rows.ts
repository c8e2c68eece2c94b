import * as z from "zod";
import { name, uid } from "./header.ts";
import { count, list, number, type Told } from "./shapes/field.ts";
import { annotations, labels, ownerReferences } from "./shapes/metadata.ts";
import { PodSpec } from "./shapes/pod-spec.ts";
import { PodStatus, PodStatusOfClass } from "./shapes/pod-status.ts";

/** What pods of one revision have in common, told once an event. */
export const PodClass = z.strictObject({
  namespace: name("namespace of the pods"),
  labels: labels.optional(),
  annotations: annotations.optional(),
  ownerReferences: ownerReferences.optional(),
  generation: number("how often the spec changed").optional(),
  spec: PodSpec,
  toNode: z
    .literal(true)
    .describe("each pod is pinned to the node of its row, by a term that spec leaves out")
    .optional(),
  status: PodStatusOfClass.optional(),
});
export type PodClass = Told<z.infer<typeof PodClass>>;

/** One pod: its class, and what is its own. */
export const PodRow = z.strictObject({
  class: count("which of the event's classes"),
  name: name("name of the pod"),
  uid: uid("UID of the pod"),
  createdAt: z.int().describe("when it was made, in ms since 1970").optional(),
  deletionAt: z.int().describe("when it should be gone, in ms since 1970").optional(),
  bound: z.literal(false).describe("it is not bound to the node of its row").optional(),
  moments: list(
    number("seconds since it was made"),
    "the moments that stand as @ in its class, in their order",
  ).optional(),
  restarts: list(
    number("restarts of a container"),
    "restarts of its containers, then of its init containers, where there are any",
  ).optional(),
  status: PodStatus.describe("the whole status, of a pod that is not as its class says").optional(),
});
export type PodRow = Told<z.infer<typeof PodRow>>;

/** Pods that matter by their sums only: which class, and how many. */
export const Grouped = z.tuple([
  count("which of the event's classes"),
  z.int().positive().describe("how many pods"),
]);

export const classes = list(PodClass, "what the pods of this event have in common");

/** A row too large for one event says less; what was cut is named. */
export const cut = z
  .enum(["grouped", "messages", "events"])
  .describe("the row was too large for an event and leaves out so much")
  .optional();

export const gone = z.literal(true).describe("it is deleted; nothing more is said of it");
