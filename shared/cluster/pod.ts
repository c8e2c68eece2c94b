import type { Instant, Labels, Metadata } from "./metadata.ts";
import type { Condition } from "./node.ts";
import type { ResourceList } from "./quantity.ts";
import type { LabelSelector, NodeSelector } from "./selector.ts";

export type Toleration = {
  readonly key: string;
  /** "" (means Equal), "Equal", "Exists", "Lt", "Gt" or a word we do not know. */
  readonly operator: string;
  readonly value: string;
  /** "" tolerates every effect. */
  readonly effect: string;
  readonly seconds: number | undefined;
};

export type ContainerPort = {
  readonly containerPort: number;
  /** 0 when no host port is asked for. */
  readonly hostPort: number;
  /** "" stands for every address. */
  readonly hostIP: string;
  readonly protocol: string;
};

export type Container = {
  readonly name: string;
  readonly image: string;
  readonly requests: ResourceList;
  readonly limits: ResourceList;
  readonly ports: readonly ContainerPort[];
  /** An init container with restartPolicy Always runs beside the pod: a sidecar. */
  readonly sidecar: boolean;
};

/** What a volume of a pod is made of; contents are never kept. */
export type PodVolume = {
  readonly name: string;
  readonly source:
    | { readonly type: "claim"; readonly claim: string }
    /** Made from a template in the pod; its claim is named `<pod>-<volume>`. */
    | { readonly type: "ephemeral" }
    | { readonly type: "csi"; readonly driver: string }
    | { readonly type: "hostPath"; readonly path: string }
    | { readonly type: "configMap" | "secret"; readonly object: string; readonly optional: boolean }
    | { readonly type: "other" };
};

export type PodAffinityTerm = {
  readonly selector: LabelSelector | undefined;
  readonly namespaces: readonly string[];
  /** undefined: no namespaceSelector; an empty selector means all namespaces. */
  readonly namespaceSelector: LabelSelector | undefined;
  readonly topologyKey: string;
  readonly matchLabelKeys: readonly string[];
  readonly mismatchLabelKeys: readonly string[];
};

export type TopologySpread = {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly whenUnsatisfiable: string;
  readonly selector: LabelSelector | undefined;
  readonly minDomains: number | undefined;
  readonly nodeAffinityPolicy: string;
  readonly nodeTaintsPolicy: string;
  readonly matchLabelKeys: readonly string[];
};

/** The part of a pod that a DaemonSet's template also has. Equal specs may share one object. */
export type PodSpec = {
  readonly nodeName: string;
  readonly nodeSelector: Labels;
  /** affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution; undefined is "no rule". */
  readonly requiredNodeAffinity: NodeSelector | undefined;
  readonly requiredPodAffinity: readonly PodAffinityTerm[];
  readonly requiredPodAntiAffinity: readonly PodAffinityTerm[];
  readonly topologySpread: readonly TopologySpread[];
  readonly tolerations: readonly Toleration[];
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
  readonly volumes: readonly PodVolume[];
  /** Pod-level resources (spec.resources), which replace the sum of the containers. */
  readonly resources:
    | { readonly requests: ResourceList; readonly limits: ResourceList }
    | undefined;
  readonly overhead: ResourceList;
  readonly hostNetwork: boolean;
  readonly priority: number | undefined;
  readonly priorityClassName: string;
  readonly preemptionPolicy: string;
  readonly schedulerName: string;
  readonly schedulingGates: readonly string[];
  readonly runtimeClassName: string;
  readonly serviceAccountName: string;
  readonly readinessGates: readonly string[];
  readonly terminationGracePeriodSeconds: number | undefined;
  /** spec.os.name. */
  readonly os: string;
};

export type ContainerState =
  | { readonly type: "waiting"; readonly reason: string; readonly message: string }
  | { readonly type: "running"; readonly startedAt: Instant | undefined }
  | {
      readonly type: "terminated";
      readonly reason: string;
      readonly message: string;
      readonly exitCode: number;
      readonly startedAt: Instant | undefined;
      readonly finishedAt: Instant | undefined;
    };

export type ContainerStatus = {
  readonly name: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly state: ContainerState | undefined;
  readonly lastState: ContainerState | undefined;
  /** status.containerStatuses[].allocatedResources and .resources.requests, for in-place resize. */
  readonly allocated: ResourceList | undefined;
  readonly actual: ResourceList | undefined;
  /** status.containerStatuses[].resources.limits. */
  readonly actualLimits?: ResourceList | undefined;
  /** status.containerStatuses[].resources was written, be it empty: up to 1.36 nothing that was allocated counts without it. */
  readonly hasResources?: boolean;
};

export type PodStatus = {
  /** Pending, Running, Succeeded, Failed, Unknown, or a word we do not know. */
  readonly phase: string;
  readonly reason: string;
  readonly message: string;
  readonly conditions: readonly Condition[];
  readonly containers: readonly ContainerStatus[];
  readonly initContainers: readonly ContainerStatus[];
  readonly startedAt: Instant | undefined;
  readonly nominatedNodeName: string;
  readonly hasIP: boolean;
  /** status.resources was written, be it empty: from then on the pod-level amounts of the spec alone do not count. */
  readonly hasResources?: boolean;
  /** status.resources.requests: pod-level actual, 1.36 and newer. */
  readonly actual: ResourceList | undefined;
  readonly allocated: ResourceList | undefined;
  /** status.resources.limits. */
  readonly actualLimits?: ResourceList | undefined;
  /** status.nodeAllocatableResourceClaimStatuses summed per resource (alpha, DRA). */
  readonly claimed: ResourceList | undefined;
};

export type Pod = Metadata & {
  readonly spec: PodSpec;
  readonly status: PodStatus;
  /** karpenter.sh/do-not-disrupt, or safe-to-evict "false": never moved without an explicit switch. */
  readonly doNotDisrupt: boolean;
};

/** status.phase of a pod that has ended and holds nothing on its node. */
export const isTerminal = (pod: Pod): boolean =>
  pod.status.phase === "Failed" || pod.status.phase === "Succeeded";

export const conditionOf = (
  object: { readonly conditions: readonly Condition[] },
  type: string,
): Condition | undefined => object.conditions.find((condition) => condition.type === type);
