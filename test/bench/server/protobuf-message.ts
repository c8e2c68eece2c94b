/**
 * How a field is written: its number (or those of the messages around it, which JSON does without, and its own), what it is, and
 * whether there may be many.
 */
export type Field = readonly [number: number | readonly number[], type: Type, many?: "many"];
export type Type =
  | "text"
  | "number"
  | "yes-no"
  | "time"
  | "quantity"
  | "number-or-text"
  /** An object of any shape, as JSON text. */
  | "json"
  | "texts"
  | "quantities"
  | Message;
export type Message = { readonly [field: string]: Field };

export const ObjectMeta: Message = {
  name: [1, "text"],
  generateName: [2, "text"],
  namespace: [3, "text"],
  uid: [5, "text"],
  resourceVersion: [6, "text"],
  generation: [7, "number"],
  creationTimestamp: [8, "time"],
  labels: [11, "texts"],
  annotations: [12, "texts"],
  ownerReferences: [
    13,
    {
      kind: [1, "text"],
      name: [3, "text"],
      uid: [4, "text"],
      apiVersion: [5, "text"],
      controller: [6, "yes-no"],
      blockOwnerDeletion: [7, "yes-no"],
    },
    "many",
  ],
  managedFields: [
    17,
    {
      manager: [1, "text"],
      operation: [2, "text"],
      apiVersion: [3, "text"],
      time: [4, "time"],
      fieldsType: [6, "text"],
      fieldsV1: [[7, 1], "json"],
      subresource: [8, "text"],
    },
    "many",
  ],
};

export const Condition: Message = {
  type: [1, "text"],
  status: [2, "text"],
  lastProbeTime: [3, "time"],
  lastHeartbeatTime: [3, "time"],
  lastTransitionTime: [4, "time"],
  reason: [5, "text"],
  message: [6, "text"],
};
