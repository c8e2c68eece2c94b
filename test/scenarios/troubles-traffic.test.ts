import { expect, test } from "vitest";
import type { Endpoint, EndpointSlice, Service } from "#shared/cluster/service.ts";
import type { Node } from "#shared/cluster/node.ts";
import { ago, daemonSet, metadata } from "../fixtures/build.ts";
import { managedNode, some } from "../fixtures/pools.ts";
import { fleet, USUAL, workload } from "./fleet.ts";
import { alarms, factsOf, onlyAlarm, told } from "./heard.ts";
import { service as serviceNamed } from "../fixtures/ask-cause.ts";
import { changed, newPod, oldPod, revisionsOf, unready } from "./rolling.ts";

const otel = changed(daemonSet("otel-agent", { namespace: "telemetry" }));

const service = (internalTrafficPolicy: string): Service =>
  serviceNamed("otel-agent", {
    namespace: "telemetry",
    selector: otel.templateLabels,
    internalTrafficPolicy,
    ports: [{ port: 4317, nodePort: 0, protocol: "TCP" }],
  });

const endpoint = (nodeName: string, ready: boolean): Endpoint => ({
  nodeName,
  podUid: `uid-telemetry-otel-agent-${nodeName}`,
  ready,
  serving: ready,
  terminating: false,
  hintNodes: [],
});

const slice = (endpoints: readonly Endpoint[]): EndpointSlice => ({
  ...metadata({ name: "otel-agent-abcde", namespace: "telemetry" }),
  service: "otel-agent",
  endpoints,
});

/** A rolling update has just replaced the pod of worker-3, whose 31 client pods find no endpoint on their node. */
function rollingPast(third: Node, internalTrafficPolicy = "Local") {
  const nodes = [...some(2, "worker", managedNode), third, ...some(5, "later", managedNode)];
  const fresh = unready(newPod(otel, third, ago(15)), ago(15));
  return fleet({
    nodes,
    sets: [...USUAL, otel],
    there: (set, node) => {
      if (set !== otel) return undefined;
      if (node === third) return [fresh];
      return node.name.startsWith("later") ? [oldPod(otel, node)] : [newPod(otel, node, ago(120))];
    },
    pods: Array.from({ length: 31 }, (_, at) => workload(`web-${at + 1}`, "worker-3")),
    ControllerRevision: revisionsOf(otel, ago(240)),
    Service: [service(internalTrafficPolicy)],
    EndpointSlice: [slice(nodes.map((node) => endpoint(node.name, node !== third)))],
  });
}

const third = managedNode("worker-3");

test("S16 while a node-local Service has no ready endpoint on a node, what its clients there send is dropped", () => {
  const alarm = onlyAlarm(rollingPast(third));

  expect(told(alarm)).toBe("warning local-traffic-black-hole Service telemetry/otel-agent");
  expect(alarm.nodes).toEqual(["worker-3"]);
  expect(alarm.daemonSets).toEqual(["telemetry/otel-agent"]);
  expect(factsOf(alarm)).toMatchObject([{ clients: 31, nodes: 1, seconds: 15, rolling: 1 }]);
  expect(alarm.remedies).toContainEqual(
    expect.objectContaining({
      action: "change-strategy",
      daemonSet: "telemetry/otel-agent",
      maxSurge: 1,
      maxUnavailable: 0,
    }),
  );
  expect(alarm.remedies).toContainEqual(
    expect.objectContaining({
      action: "set-traffic",
      field: "trafficDistribution",
      to: "PreferSameNode",
    }),
  );
});

test("S16 the same rollout behind a Service that may leave the node is nobody's trouble", () => {
  expect(alarms(rollingPast(third, "Cluster"))).toEqual([]);
});
