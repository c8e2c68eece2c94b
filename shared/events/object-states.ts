import * as z from "zod";
import { hash, hashOrNone, HEADER, name, uid } from "./header.ts";
import { cut, gone } from "./pod-rows.ts";
import { count, flag, list, text, type Told } from "./shapes/field.ts";
import { KindName } from "./shapes/kinds.ts";
import { NodePool } from "./shapes/node.ts";
import { Namespace, PodDisruptionBudget, PriorityClass, RuntimeClass } from "./shapes/policy.ts";
import { EndpointSlice, Service } from "./shapes/traffic.ts";

const id = { uid: uid("UID of the object"), name: name("name of the object"), hash, cut };

const whole = <K extends string, S extends z.ZodType>(kind: K, shape: S) =>
  z.strictObject({ ...id, kind: z.literal(kind), object: shape });

const NotSeen = z.strictObject({
  kind: KindName.describe("a kind that the forwarder cannot read"),
  why: z.enum(["absent", "forbidden", "not-served", "failed", "partial"]),
  detail: text("what the API server said"),
});

/** An object that concerns many nodes or DaemonSets. */
export const ObjectState = z.union([
  z.strictObject({ uid: id.uid, name: id.name, hash: hashOrNone, gone }),
  whole("PriorityClass", PriorityClass),
  whole("RuntimeClass", RuntimeClass),
  whole("PodDisruptionBudget", PodDisruptionBudget),
  whole("NodePool", NodePool),
  whole("Namespace", Namespace),
  whole("EndpointSlice", EndpointSlice),
  whole("Service", Service).extend({
    hasEndpoints: flag("there is at least one endpoint").optional(),
  }),
  z.strictObject({
    ...id,
    uid: z.literal("cluster"),
    kind: z.literal("cluster").describe("`cluster`: what is known of the cluster itself"),
    version: z
      .strictObject({
        major: count("major version"),
        minor: count("minor version"),
        patch: count("patch"),
        text: text("version as the API server writes it"),
      })
      .optional(),
    notSeen: list(NotSeen),
  }),
]);
export type ObjectState = Told<z.infer<typeof ObjectState>>;

export const ObjectStates = z.object({ ...HEADER, objects: list(ObjectState) });
export type ObjectStates = Told<z.infer<typeof ObjectStates>>;
