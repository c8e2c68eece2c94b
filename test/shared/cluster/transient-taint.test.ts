import { expect, test } from "vitest";
import { transientTaint } from "#shared/cluster/transient-taint.ts";

test.each([
  ["not ready", "node.kubernetes.io/not-ready", "lifecycle"],
  ["unreachable", "node.kubernetes.io/unreachable", "lifecycle"],
  ["a cordon", "node.kubernetes.io/unschedulable", "lifecycle"],
  ["pressure", "node.kubernetes.io/disk-pressure", "lifecycle"],
  ["no network yet", "node.kubernetes.io/network-unavailable", "startup"],
  ["no cloud provider yet", "node.cloudprovider.kubernetes.io/uninitialized", "startup"],
  ["Karpenter has not seen it", "karpenter.sh/unregistered", "startup"],
  [
    "the autoscaler's startup taints",
    "startup-taint.cluster-autoscaler.kubernetes.io/x",
    "startup",
  ],
  ["and its older ones", "ignore-taint.cluster-autoscaler.kubernetes.io/x", "startup"],
  ["a readiness rule", "readiness.k8s.io/network", "startup"],
  ["Cilium's gate, which comes back on old nodes", "node.cilium.io/agent-not-ready", "startup"],
  ["a CSI driver's gate", "ebs.csi.aws.com/agent-not-ready", "startup"],
  ["Nidhogg's gate of one daemon", "nidhogg.uswitch.com/kube-system.agent", "startup"],
  ["the autoscaler takes it down", "ToBeDeletedByClusterAutoscaler", "leaving"],
  ["Karpenter takes it down", "karpenter.sh/disrupted", "leaving"],
  ["Karpenter before 1.0 takes it down", "karpenter.sh/disruption", "leaving"],
  ["spot is taken back", "aws-node-termination-handler/spot-itn", "leaving"],
  ["out of service", "node.kubernetes.io/out-of-service", "leaving"],
  ["stopped", "node.cloudprovider.kubernetes.io/shutdown", "leaving"],
  ["ours", "dsaudit.dev/quarantine", "own"],
  [
    "ours, as the autoscaler likes it",
    "status-taint.cluster-autoscaler.kubernetes.io/dsaudit-x",
    "own",
  ],
  ["another's status taint", "status-taint.cluster-autoscaler.kubernetes.io/x", undefined],
  ["a team's own", "nvidia.com/gpu", undefined],
  ["the control plane", "node-role.kubernetes.io/control-plane", undefined],
  ["a gate that nobody listed", "example.com/agent-not-ready", undefined],
  ["a member of every object", "constructor", undefined],
] as const)("%s", (_what, key, says) => {
  expect(transientTaint({ key })).toBe(says);
});

test("a key that ends like a gate is one while the node is young, and no longer", () => {
  const key = "example.com/agent-not-ready";
  expect(transientTaint({ key }, undefined, true)).toBe("startup");
  expect(transientTaint({ key }, undefined, false)).toBeUndefined();
  expect(transientTaint({ key: "example.com/gpu" }, undefined, true)).toBeUndefined();
});

test("a team names its own gates and ends, a prefix with a star", () => {
  const extra = { startup: ["example.com/gate"], leaving: ["drain.example.com/*"] };
  expect(transientTaint({ key: "example.com/gate" }, extra)).toBe("startup");
  expect(transientTaint({ key: "example.com/gate-2" }, extra)).toBeUndefined();
  expect(transientTaint({ key: "drain.example.com/now" }, extra)).toBe("leaving");
});
