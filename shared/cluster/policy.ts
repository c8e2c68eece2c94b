import type { Instant, Labels, Metadata } from "./metadata.ts";
import type { Toleration } from "./pod.ts";
import type { ResourceList } from "./quantity.ts";
import type { LabelSelector } from "./selector.ts";

export type PriorityClass = Metadata & {
  readonly value: number;
  readonly globalDefault: boolean;
  readonly preemptionPolicy: string;
};

export type PodDisruptionBudget = Metadata & {
  readonly selector: LabelSelector | undefined;
  readonly disruptionsAllowed: number;
  /** Names of pods whose disruption is already paid for. */
  readonly disruptedPods: ReadonlySet<string>;
};

export type RuntimeClass = Metadata & {
  readonly nodeSelector: Labels;
  readonly tolerations: readonly Toleration[];
  readonly overhead: ResourceList;
};

export type LimitRange = Metadata & {
  readonly limits: readonly {
    readonly type: string;
    readonly default: ResourceList;
    readonly defaultRequest: ResourceList;
    readonly max: ResourceList;
    readonly min: ResourceList;
  }[];
};

export type Namespace = Metadata & {
  /** scheduler.alpha.kubernetes.io/node-selector, else openshift.io/node-selector. */
  readonly nodeSelector: string | undefined;
  /** Label pod-security.kubernetes.io/enforce. */
  readonly podSecurity: string;
};

/** Lease of kube-node-lease: its renewal is the true sign of life of a kubelet. */
export type Lease = Metadata & { readonly renewedAt: Instant | undefined; readonly holder: string };

/** Karpenter's pool, as far as it tells which taints a young node is expected to carry. */
export type NodePool = Metadata & {
  readonly startupTaints: readonly {
    readonly key: string;
    readonly value: string;
    readonly effect: string;
  }[];
};

/** Karpenter's claim on a machine, for how long a leaving node may take. */
export type NodeClaim = Metadata & {
  readonly nodeName: string;
  readonly terminationGracePeriodSeconds: number | undefined;
};

export type Event = Metadata & {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly regarding: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  };
  readonly firstAt: Instant | undefined;
  readonly lastAt: Instant | undefined;
  readonly count: number;
};
