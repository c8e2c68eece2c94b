import { Condition, ObjectMeta, type Message } from "./protobuf-message.ts";
import { Pod, PodSpec } from "./protobuf-pod.ts";

const Node: Message = {
  metadata: [1, ObjectMeta],
  spec: [
    2,
    {
      podCIDR: [1, "text"],
      providerID: [3, "text"],
      taints: [5, { key: [1, "text"], value: [2, "text"], effect: [3, "text"] }, "many"],
      podCIDRs: [7, "text", "many"],
    },
  ],
  status: [
    3,
    {
      capacity: [1, "quantities"],
      allocatable: [2, "quantities"],
      conditions: [4, Condition, "many"],
      addresses: [5, { type: [1, "text"], address: [2, "text"] }, "many"],
      nodeInfo: [
        7,
        {
          machineID: [1, "text"],
          systemUUID: [2, "text"],
          bootID: [3, "text"],
          kernelVersion: [4, "text"],
          osImage: [5, "text"],
          containerRuntimeVersion: [6, "text"],
          kubeletVersion: [7, "text"],
          kubeProxyVersion: [8, "text"],
          operatingSystem: [9, "text"],
          architecture: [10, "text"],
        },
      ],
      images: [8, { names: [1, "text", "many"], sizeBytes: [2, "number"] }, "many"],
    },
  ],
};

const DaemonSet: Message = {
  metadata: [1, ObjectMeta],
  spec: [
    2,
    {
      selector: [1, { matchLabels: [1, "texts"] }],
      template: [2, { metadata: [1, ObjectMeta], spec: [2, PodSpec] }],
      updateStrategy: [
        3,
        {
          type: [1, "text"],
          rollingUpdate: [
            2,
            { maxUnavailable: [1, "number-or-text"], maxSurge: [2, "number-or-text"] },
          ],
        },
      ],
      revisionHistoryLimit: [6, "number"],
    },
  ],
  status: [
    3,
    {
      currentNumberScheduled: [1, "number"],
      desiredNumberScheduled: [3, "number"],
      numberReady: [4, "number"],
      observedGeneration: [5, "number"],
      updatedNumberScheduled: [6, "number"],
      numberAvailable: [7, "number"],
    },
  ],
};

/** Field numbers of kubernetes/api and kubernetes/apimachinery, generated.proto, of what the made-up objects have. */
export const SCHEMAS: Readonly<Record<"Pod" | "Node" | "DaemonSet", Message>> = {
  Pod,
  Node,
  DaemonSet,
};
