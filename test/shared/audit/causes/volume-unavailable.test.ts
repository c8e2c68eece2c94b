import { expect, test } from "vitest";
import { volumeUnavailable } from "#shared/audit/causes/volume-unavailable.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "#shared/cluster/storage.ts";
import {
  cluster,
  daemonPod,
  daemonSet,
  metadata,
  node,
  notSeen,
  pod,
} from "../../../fixtures/build.ts";
import { placementOf, unscheduled } from "../../../fixtures/placement.ts";

const set = daemonSet("agent", {
  template: { volumes: [{ name: "data", source: { type: "claim", claim: "data" } }] },
});
const claim = (parts: Partial<PersistentVolumeClaim> = {}): PersistentVolumeClaim => ({
  ...metadata({ name: "data", namespace: "kube-system" }),
  volumeName: "pv-1",
  phase: "Bound",
  accessModes: ["ReadWriteOnce"],
  storageClassName: "gp3",
  ...parts,
});
const volume = (parts: Partial<PersistentVolume> = {}): PersistentVolume => ({
  ...metadata({ name: "pv-1" }),
  nodeAffinity: undefined,
  csiDriver: "ebs.csi.aws.com",
  volumeHandle: "vol-1",
  ...parts,
});
const zoneB = {
  terms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["b"] }], matchFields: [] }],
};
const binds = (bindingMode: string) => ({
  ...metadata({ name: "gp3" }),
  provisioner: "ebs.csi.aws.com",
  bindingMode,
});
const unbound = claim({ volumeName: "", phase: "Pending" });
const user = pod("db", {
  namespace: "kube-system",
  spec: { nodeName: "n2", volumes: [{ name: "d", source: { type: "claim", claim: "data" } }] },
});

function waiting(parts: Partial<Cluster>, message = "") {
  const own = daemonPod(set, "n1", { spec: { nodeName: "" }, status: unscheduled(message) });
  return placementOf(
    cluster({ Node: [node("n1")], DaemonSet: [set], ...parts, Pod: [...(parts.Pod ?? []), own] }),
  );
}
const csiNode = (limit: number) => ({
  ...metadata({ name: "n1" }),
  drivers: [{ name: "ebs.csi.aws.com", limit }],
});

test.each([
  ["no such claim", {}, "claim kube-system/data does not exist"],
  [
    "its volume is gone",
    { PersistentVolumeClaim: [claim({ phase: "Lost" })] },
    "claim kube-system/data has lost its volume pv-1",
  ],
  [
    "it should have bound at once",
    { PersistentVolumeClaim: [unbound], StorageClass: [binds("Immediate")] },
    "claim kube-system/data is not bound, though storage class gp3 binds at once",
  ],
  [
    "its volume is in another zone",
    { PersistentVolumeClaim: [claim()], PersistentVolume: [volume({ nodeAffinity: zoneB })] },
    "volume pv-1 of claim kube-system/data cannot be reached from this node",
  ],
  [
    "another pod has it for itself",
    {
      PersistentVolumeClaim: [claim({ accessModes: ["ReadWriteOncePod"] })],
      PersistentVolume: [volume()],
      Pod: [user],
    },
    "claim kube-system/data is for one pod only, and kube-system/db has it",
  ],
  [
    "the node is full of volumes",
    { PersistentVolumeClaim: [claim()], PersistentVolume: [volume()], CSINode: [csiNode(0)] },
    "the node takes no further volume of driver ebs.csi.aws.com (0 of 0), which claim kube-system/data needs",
  ],
] as const)("%s", (_rule, parts, sentence) => {
  const hit = volumeUnavailable.find(waiting(parts));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(volumeUnavailable.explain(hit.evidence)).toBe(sentence);
});

test.each([
  [
    "a claim that waits for its first pod is no blocker",
    { PersistentVolumeClaim: [unbound], StorageClass: [binds("WaitForFirstConsumer")] },
  ],
  [
    "a bound claim that is in reach",
    { PersistentVolumeClaim: [claim()], PersistentVolume: [volume()], CSINode: [csiNode(1)] },
  ],
  [
    "ReadWriteOnce may be shared on a node",
    { PersistentVolumeClaim: [claim()], PersistentVolume: [volume()], Pod: [user] },
  ],
] as const)("silent: %s", (_rule, parts) => {
  expect(volumeUnavailable.find(waiting(parts))).toBeUndefined();
});

test("a volume whose pod is gone and that is still attached takes its place", () => {
  const attached = {
    ...metadata({ name: "va" }),
    attacher: "ebs.csi.aws.com",
    nodeName: "n1",
    volumeName: "pv-9",
  };
  const parts = {
    PersistentVolumeClaim: [claim()],
    PersistentVolume: [volume()],
    CSINode: [csiNode(1)],
  };
  expect(volumeUnavailable.find(waiting({ ...parts, VolumeAttachment: [attached] }))).toMatchObject(
    {
      evidence: { trouble: "limit" },
    },
  );
});

test("a volume that is on the node already takes no further place", () => {
  const beside = pod("beside", {
    namespace: "kube-system",
    spec: { nodeName: "n1", volumes: user.spec.volumes },
  });
  const parts = {
    PersistentVolumeClaim: [claim()],
    PersistentVolume: [volume()],
    CSINode: [csiNode(1)],
  };
  expect(volumeUnavailable.find(waiting({ ...parts, Pod: [beside] }))).toBeUndefined();
});

test("without claims and volumes only the scheduler's word tells", () => {
  const unseen = { notSeen: notSeen("PersistentVolumeClaim", "PersistentVolume") };
  expect(volumeUnavailable.find(waiting(unseen))).toEqual({
    cannotTell: "PersistentVolumeClaim and PersistentVolume objects were not read",
  });
  const said =
    "0/2 nodes are available: 1 node(s) had volume node affinity conflict, 1 node(s) didn't satisfy plugin(s) [NodeAffinity].";
  expect(volumeUnavailable.find(waiting(unseen, said))).toMatchObject({
    evidence: { trouble: "told", message: "node(s) had volume node affinity conflict" },
  });
});
