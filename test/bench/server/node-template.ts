import { manyPod } from "../../fixtures/many-pods.ts";
import type { Json } from "./protobuf-writer.ts";
import { HOLES } from "./templates.ts";

/** Its name, whose number is a hole. */
export const NODE = `ip-10-0-${HOLES.node}.eu-central-1.compute.internal`;
const NODE_UID = `${HOLES.uid}-0000-4000-8000-0000000000aa`;

const CONDITIONS = ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"];
const AMOUNTS = {
  cpu: "16",
  memory: "65011712Ki",
  pods: "110",
  "ephemeral-storage": "209702892Ki",
  "hugepages-1Gi": "0",
};

/** 10 KB, most of it images. */
export const nodeTemplate = (pool: number): Json => ({
  metadata: {
    name: NODE,
    uid: NODE_UID,
    resourceVersion: HOLES.version,
    creationTimestamp: HOLES.time,
    labels: {
      "kubernetes.io/arch": "amd64",
      "kubernetes.io/os": "linux",
      "kubernetes.io/hostname": NODE,
      "node.kubernetes.io/instance-type": "m7i.4xlarge",
      "topology.kubernetes.io/region": "eu-central-1",
      "topology.kubernetes.io/zone": `eu-central-1${"abc"[pool % 3] ?? "a"}`,
      "eks.amazonaws.com/nodegroup": `pool-${pool}`,
    },
    annotations: { "node.alpha.kubernetes.io/ttl": "15" },
    managedFields: manyPod(0, 10).metadata.managedFields.slice(1),
  },
  spec: { providerID: `aws:///eu-central-1a/i-000000000${HOLES.uid}` },
  status: {
    capacity: AMOUNTS,
    allocatable: AMOUNTS,
    conditions: CONDITIONS.map((type) => ({
      type,
      status: type === "Ready" ? "True" : "False",
      lastHeartbeatTime: HOLES.time,
      lastTransitionTime: HOLES.time,
      reason: `Kubelet${type}`,
      message: `kubelet says ${type}`,
    })),
    addresses: [
      { type: "InternalIP", address: HOLES.ip },
      { type: "Hostname", address: NODE },
    ],
    nodeInfo: {
      machineID: `ec2${HOLES.uid}000000000000000000000`,
      systemUUID: NODE_UID,
      bootID: NODE_UID,
      kernelVersion: "6.12.53-69.119.amzn2023.x86_64",
      osImage: "Amazon Linux 2023.9.20251117",
      containerRuntimeVersion: "containerd://2.1.4",
      kubeletVersion: "v1.34.2-eks-6d2a1b0",
      kubeProxyVersion: "v1.34.2-eks-6d2a1b0",
      operatingSystem: "linux",
      architecture: "amd64",
    },
    images: Array.from({ length: 30 }, (_, index) => ({
      names: [
        `602401143452.dkr.ecr.eu-central-1.amazonaws.com/team/image-${index}@sha256:${"0123456789abcdef".repeat(4)}`,
        `602401143452.dkr.ecr.eu-central-1.amazonaws.com/team/image-${index}:v1.${index}.0-eksbuild.1`,
      ],
      sizeBytes: 31_415_926 + index,
    })),
  },
});
