import type { Labels, Metadata } from "./metadata.ts";

export type Service = Metadata & {
  /** Empty: the controller makes no EndpointSlices for it; never "all pods". */
  readonly selector: Labels;
  readonly type: string;
  readonly headless: boolean;
  readonly internalTrafficPolicy: string;
  readonly externalTrafficPolicy: string;
  readonly trafficDistribution: string;
  readonly publishNotReadyAddresses: boolean;
  readonly ports: readonly {
    readonly port: number;
    readonly nodePort: number;
    readonly protocol: string;
  }[];
};

export type Endpoint = {
  readonly nodeName: string;
  readonly podUid: string;
  /** Absent conditions are filled as kube-proxy does: ready and serving true, terminating false. */
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** hints.forNodes names, for trafficDistribution PreferSameNode. */
  readonly hintNodes: readonly string[];
};

export type EndpointSlice = Metadata & {
  /** Label kubernetes.io/service-name. */
  readonly service: string;
  readonly endpoints: readonly Endpoint[];
};
