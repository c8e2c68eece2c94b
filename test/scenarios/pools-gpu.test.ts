import { describe, expect, test } from "vitest";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import { makeReport } from "#shared/report/make-report.ts";
import { remedyOf } from "#shared/remediation/remedy.ts";
import { labels, tolerate } from "../fixtures/build.ts";
import { gpuNode, karpenterNode, some } from "../fixtures/pools.ts";
import {
  awsNode,
  ebsCsiNode,
  fleet,
  fluentBit,
  healthy,
  kubeProxy,
  nodeExporter,
} from "./fleet.ts";
import { alarms, audited, heard, saidOf, told, verdictOn } from "./heard.ts";

describe("a GPU pool that the log agent never ran on", () => {
  const general = some(40, "general", karpenterNode);
  const gpu = some(8, "gpu", gpuNode);
  const withLogs = (set: DaemonSet): Cluster =>
    fleet({
      nodes: [...general, ...gpu],
      sets: [awsNode, kubeProxy, ebsCsiNode, nodeExporter, set],
    });
  const cluster = withLogs(fluentBit);

  test("Kubernetes calls it full coverage, and so do we, but one finding says who is missing where", () => {
    const { summary, daemonSets } = makeReport(audited(cluster).facts, heard(cluster));

    expect(alarms(cluster)).toEqual([]);
    expect(summary).toMatchObject({ intended: 4 * 48 + 40, covered: 4 * 48 + 40, gaps: 0 });
    expect(daemonSets.find(({ name }) => name === "fluent-bit")).toMatchObject({
      intended: 40,
      covered: 40,
      excluded: 8,
    });
    expect(saidOf(cluster, "excluded-by-taint").map(told)).toEqual([
      "info excluded-by-taint DaemonSet logging/fluent-bit (gpu)",
    ]);
  });

  test("the report names the agent, the eight nodes, the toleration and its price", () => {
    const { facts } = audited(cluster);

    const [row] = makeReport(facts, saidOf(cluster, "excluded-by-taint")).findings;

    expect(row?.nodes).toEqual(gpu.map(({ name }) => name));
    expect(row?.summary).toBe(
      "meant for 40 of 48 nodes; 8 of pool gpu excluded by nvidia.com/gpu=present:NoSchedule",
    );
    expect(row?.remedies).toHaveLength(1);
    expect(row?.remedies[0]).toMatchObject({
      action: "add-toleration",
      summary:
        "Let logging/fluent-bit tolerate nvidia.com/gpu=present:NoSchedule: it then covers 8 nodes more",
      price: "8 more pods: 50m cpu and 64Mi memory each, 400m cpu and 512Mi memory in all",
    });
  });

  test("with the toleration that it advises all 48 nodes are intended", () => {
    const [finding] = saidOf(cluster, "excluded-by-taint");
    const call = finding?.remedies.find(({ action }) => action === "add-toleration");
    if (call?.action !== "add-toleration") throw new Error("no toleration is advised");
    const fixed: DaemonSet = {
      ...fluentBit,
      template: { ...fluentBit.template, tolerations: [call.toleration] },
    };

    const after = withLogs(fixed);

    expect(remedyOf(call, audited(cluster).facts).patch).toBeDefined();
    expect(saidOf(after, "excluded-by-taint")).toEqual([]);
    const row = makeReport(audited(after).facts, []).daemonSets.find(
      ({ name }) => name === "fluent-bit",
    );
    expect(row).toMatchObject({ intended: 48, covered: 48, excluded: 0 });
  });

  test("said that it must be there, it is a warning", () => {
    const must = { ...fluentBit, annotations: labels({ "must-cover": "gpu" }) };

    expect(alarms(withLogs(must))).toEqual([
      "warning excluded-by-taint DaemonSet logging/fluent-bit (gpu)",
    ]);
  });

  test("a pod that is up on a GPU node by its own toleration is judged like any other", () => {
    const tolerant = {
      ...fluentBit,
      template: { ...fluentBit.template, tolerations: [tolerate("nvidia.com/gpu")] },
    };
    const lame = fleet({
      nodes: [...general, ...gpu],
      sets: [tolerant],
      there: (set, node) => (node.name === "gpu-3" ? [] : [healthy(set, node)]),
    });

    expect(alarms(lame)).toEqual(["warning pod-not-created DaemonSet logging/fluent-bit"]);
    expect(verdictOn(lame, "logging/fluent-bit", "gpu-2").says).toBe("covered");
  });
});
