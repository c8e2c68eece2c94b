import * as z from "zod";
import { flag, list, moment, number, pairs, text, type Told } from "./field.ts";

export const OwnerReference = z.strictObject({
  kind: text("kind of the owner").optional(),
  name: text("name of the owner").optional(),
  uid: text("UID of the owner").optional(),
  controller: flag("the owner is the controller").optional(),
});
export const ownerReferences = list(OwnerReference);

export const labels = pairs("all labels, keys and values");
export const annotations = pairs(
  "only those under dsaudit.dev/, and marks that a rule reads: do-not-disrupt, the template generation, a namespace's node selector",
);

/** metadata of any object, as far as it leaves the cluster. */
export const Metadata = z.strictObject({
  name: text("name").optional(),
  namespace: text("namespace").optional(),
  uid: text("UID").optional(),
  labels: labels.optional(),
  annotations: annotations.optional(),
  ownerReferences: ownerReferences.optional(),
  generation: number("how often the spec changed").optional(),
  creationTimestamp: moment("when it was made").optional(),
  deletionTimestamp: moment("when it should be gone").optional(),
});
export type MetadataShape = Told<z.infer<typeof Metadata>>;
export type OwnerShape = Told<z.infer<typeof OwnerReference>>;
