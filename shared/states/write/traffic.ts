import type { Endpoint, EndpointSlice, Service } from "#shared/cluster/service.ts";
import type { Shapes } from "#shared/events/shapes/kinds.ts";
import type { EndpointShape } from "#shared/events/shapes/traffic.ts";
import {
  filled,
  unless,
  unlessEmpty,
  writeFlag,
  writeList,
  writePairs,
  writeText,
} from "./json.ts";
import { writeMetadata } from "./metadata.ts";

const port = (of: Service["ports"][number]) =>
  filled({
    port: unless(of.port, 0),
    nodePort: unless(of.nodePort, 0),
    protocol: unless(of.protocol, "TCP"),
  });

export const writeService = (of: Service): Shapes["Service"] =>
  filled({
    metadata: writeMetadata(of),
    spec: unlessEmpty({
      selector: writePairs(of.selector),
      type: unless(of.type, "ClusterIP"),
      clusterIP: of.headless ? ("None" as const) : undefined,
      internalTrafficPolicy: unless(of.internalTrafficPolicy, "Cluster"),
      externalTrafficPolicy: writeText(of.externalTrafficPolicy),
      trafficDistribution: writeText(of.trafficDistribution),
      publishNotReadyAddresses: writeFlag(of.publishNotReadyAddresses),
      ports: writeList(of.ports, port),
    }),
  });

const endpoint = (of: Endpoint): EndpointShape =>
  filled({
    nodeName: writeText(of.nodeName),
    targetRef: of.podUid === "" ? undefined : { kind: "Pod" as const, uid: of.podUid },
    conditions: unlessEmpty({
      ready: unless(of.ready, true),
      serving: unless(of.serving, of.ready),
      terminating: writeFlag(of.terminating),
    }),
    hints:
      of.hintNodes.length === 0
        ? undefined
        : { forNodes: of.hintNodes.map((name) => filled({ name: writeText(name) })) },
  });

export const writeEndpointSlice = (of: EndpointSlice): Shapes["EndpointSlice"] =>
  filled({ metadata: writeMetadata(of), endpoints: writeList(of.endpoints, endpoint) });
