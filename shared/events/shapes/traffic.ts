import * as z from "zod";
import { flag, list, number, pairs, text, type Told } from "./field.ts";
import { Metadata } from "./metadata.ts";

export const Service = z.strictObject({
  metadata: Metadata,
  spec: z
    .strictObject({
      selector: pairs("labels of its pods").optional(),
      type: text("ClusterIP unless said").optional(),
      clusterIP: z
        .literal("None")
        .describe("it is headless; addresses stay in the cluster")
        .optional(),
      internalTrafficPolicy: text("Cluster unless said").optional(),
      externalTrafficPolicy: text("where traffic may go").optional(),
      trafficDistribution: text("where traffic should go").optional(),
      publishNotReadyAddresses: flag("pods that are not ready count").optional(),
      ports: list(
        z.strictObject({
          port: number("port").optional(),
          nodePort: number("port on every node").optional(),
          protocol: text("TCP unless said").optional(),
        }),
      ).optional(),
    })
    .optional(),
});

const Endpoint = z.strictObject({
  nodeName: text("node that it is on").optional(),
  targetRef: z.strictObject({ kind: z.literal("Pod"), uid: text("UID of the pod") }).optional(),
  conditions: z
    .strictObject({
      ready: flag("true unless said").optional(),
      serving: flag("as ready unless said").optional(),
      terminating: flag("false unless said").optional(),
    })
    .optional(),
  hints: z
    .strictObject({ forNodes: list(z.strictObject({ name: text("node").optional() })) })
    .optional(),
});

/** Addresses and ports stay in the cluster. */
export const EndpointSlice = z.strictObject({
  metadata: Metadata,
  endpoints: list(Endpoint).optional(),
});

export type EndpointShape = Told<z.infer<typeof Endpoint>>;
