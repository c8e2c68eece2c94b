import type { Endpoint, EndpointSlice, Service } from "#shared/cluster/service.ts";
import {
  flag,
  inside,
  number,
  optionalRecord,
  record,
  records,
  text,
  wantedLabels,
  type At,
  type JsonRecord,
} from "./json.ts";
import { readMetadata } from "./metadata.ts";

export function readService(raw: JsonRecord, at: At): Service {
  const spec = record(at, raw, "spec");
  const there = inside(at, "spec");
  return {
    ...readMetadata(at, raw),
    selector: wantedLabels(there, spec, "selector"),
    type: text(there, spec, "type") || "ClusterIP",
    headless: text(there, spec, "clusterIP") === "None",
    internalTrafficPolicy: text(there, spec, "internalTrafficPolicy") || "Cluster",
    externalTrafficPolicy: text(there, spec, "externalTrafficPolicy"),
    trafficDistribution: text(there, spec, "trafficDistribution"),
    publishNotReadyAddresses: flag(there, spec, "publishNotReadyAddresses"),
    ports: records(there, spec, "ports").map((port) => ({
      port: number(there, port, "port") ?? 0,
      nodePort: number(there, port, "nodePort") ?? 0,
      protocol: text(there, port, "protocol") || "TCP",
    })),
  };
}

/** Absent conditions as kube-proxy reads them (pkg/proxy/endpointslicecache.go): ready, serving as ready, not terminating. */
function readEndpoint(at: At, raw: JsonRecord): Endpoint {
  const conditions = record(at, raw, "conditions");
  const given = (key: string, otherwise: boolean): boolean =>
    conditions[key] === undefined || conditions[key] === null
      ? otherwise
      : flag(at, conditions, key);
  const target = optionalRecord(at, raw, "targetRef");
  const hints = record(at, raw, "hints");
  const ready = given("ready", true);
  return {
    nodeName: text(at, raw, "nodeName"),
    podUid: target && text(at, target, "kind") === "Pod" ? text(at, target, "uid") : "",
    ready,
    serving: given("serving", ready),
    terminating: given("terminating", false),
    hintNodes: records(at, hints, "forNodes").map((node) => text(at, node, "name")),
  };
}

export function readEndpointSlice(raw: JsonRecord, at: At): EndpointSlice {
  const metadata = readMetadata(at, raw);
  const there = inside(at, "endpoints");
  return {
    ...metadata,
    service: metadata.labels.get("kubernetes.io/service-name") ?? "",
    endpoints: records(at, raw, "endpoints").map((one) => readEndpoint(there, one)),
  };
}
