import { expect, test } from "vitest";
import type { Pod, PodSpec } from "#shared/cluster/pod.ts";
import { raisePriority } from "#shared/remediation/remedies/priority.ts";
import {
  cluster,
  container,
  daemonPod,
  daemonSet,
  labels,
  metadata,
  node,
  pod,
  resources,
} from "../../../fixtures/build.ts";
import { placementOf, unscheduled } from "../../../fixtures/placement.ts";

const set = daemonSet("agent", {
  template: { containers: [container({ requests: resources({ cpu: "1" }) })] },
});
const held = (name: string, on: string, priority: number, spec: Partial<PodSpec> = {}): Pod =>
  pod(name, {
    spec: {
      nodeName: on,
      priority,
      containers: [container({ requests: resources({ cpu: "4" }) })],
      ...spec,
    },
  });

/** What raising the agent's priority above 0 on n1 and n2 would cost, as the advice says it. */
function price(pods: readonly Pod[], parts: Parameters<typeof cluster>[0] = {}) {
  const { facts } = placementOf(
    cluster({ Node: [node("n1"), node("n2")], DaemonSet: [set], Pod: pods, ...parts }),
  );
  const call = {
    action: "raise-priority",
    daemonSet: "kube-system/agent",
    above: 0,
    nodes: ["n1", "n2"],
  } as const;
  return raisePriority(call, facts).price;
}

const SHY: Partial<PodSpec> = {
  requiredPodAntiAffinity: [
    {
      selector: { matchLabels: labels({ app: "agent" }), matchExpressions: [] },
      namespaces: [],
      namespaceSelector: { matchLabels: labels({ team: "a" }), matchExpressions: [] },
      topologyKey: "kubernetes.io/hostname",
      matchLabelKeys: [],
      mismatchLabelKeys: [],
    },
  ],
};

test.each([
  [
    "whom it would displace",
    [held("a", "n1", 0), held("b", "n2", 0)],
    "would displace 2 pods: default/a and default/b",
  ],
  [
    "on how many nodes it helps",
    [held("a", "n1", 0), held("b", "n2", 2_000_000_000)],
    "helps on 1 of 2 nodes, would displace 1 pod: default/a",
  ],
  [
    "that it helps nowhere",
    [held("a", "n1", 2_000_000_000), held("b", "n2", 2_000_000_000)],
    "would help on none of these nodes",
  ],
  ["that it displaces nobody", [], "would displace nobody"],
  [
    "where it cannot be told",
    [held("a", "n1", 0), held("b", "n2", 0, SHY)],
    "helps on 1 of 2 nodes, would displace 1 pod: default/a; on 1 node it cannot be told",
  ],
  [
    "that it cannot be told at all",
    [held("a", "n1", 0, SHY), held("b", "n2", 0, SHY)],
    "whether it helps on these nodes cannot be told",
  ],
] as const)("the price says %s", (_rule, pods, says) => {
  expect(price(pods)).toBe(says);
});

test("the place that its own waiting pod was promised is free for it", () => {
  const own = daemonPod(set, "n1", {
    spec: { nodeName: "", priority: 10_000 },
    status: { ...unscheduled(), nominatedNodeName: "n1" },
  });
  const other = pod("other", {
    spec: {
      priority: 10_000,
      containers: [container({ requests: resources({ cpu: "4" }) })],
    },
    status: { ...unscheduled(), nominatedNodeName: "n2" },
  });
  expect(price([own, other])).toContain("helps on 1 of 2 nodes, would displace nobody");
});

test("namespaces' labels and the RuntimeClass's overhead are known where they were read", () => {
  const kataSet = { ...set, template: { ...set.template, runtimeClassName: "kata" } };
  const kata = {
    ...metadata({ name: "kata" }),
    nodeSelector: labels(),
    tolerations: [],
    overhead: resources({ cpu: "4" }),
  };
  expect(price([], { DaemonSet: [kataSet], RuntimeClass: [kata] })).toBe(
    "would help on none of these nodes",
  );
  const Namespace = [
    {
      ...metadata({ name: "kube-system", labels: labels({ team: "a" }) }),
      nodeSelector: undefined,
      podSecurity: "",
    },
  ];
  expect(price([held("a", "n1", 0, SHY), held("b", "n2", 0, SHY)], { Namespace })).toBe(
    "would displace 2 pods: default/a and default/b",
  );
});
