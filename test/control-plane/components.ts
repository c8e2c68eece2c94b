import { join } from "node:path";

export type Ports = {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiserver: number;
  readonly controllerManager: number;
  readonly scheduler: number;
};

export const COMPONENTS = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
] as const;
export type ComponentName = (typeof COMPONENTS)[number];

export type BedOptions = {
  /** Node grace of 8 s instead of 50 s, for suites that wait for dark nodes. */
  readonly quickNodes: boolean;
};

const LOCAL = "127.0.0.1";

const etcd = (dir: string, ports: Ports): readonly string[] => [
  "--name=bed",
  `--data-dir=${join(dir, "etcd")}`,
  `--listen-client-urls=http://${LOCAL}:${ports.etcd}`,
  `--advertise-client-urls=http://${LOCAL}:${ports.etcd}`,
  `--listen-peer-urls=http://${LOCAL}:${ports.etcdPeer}`,
  `--initial-advertise-peer-urls=http://${LOCAL}:${ports.etcdPeer}`,
  `--initial-cluster=bed=http://${LOCAL}:${ports.etcdPeer}`,
  "--unsafe-no-fsync",
  "--quota-backend-bytes=8589934592",
  "--log-level=warn",
];

const apiserver = (dir: string, ports: Ports): readonly string[] => [
  `--etcd-servers=http://${LOCAL}:${ports.etcd}`,
  `--bind-address=${LOCAL}`,
  `--advertise-address=${LOCAL}`,
  `--secure-port=${ports.apiserver}`,
  `--cert-dir=${dir}`,
  "--endpoint-reconciler-type=none",
  "--service-cluster-ip-range=10.96.0.0/16",
  `--token-auth-file=${join(dir, "tokens.csv")}`,
  "--anonymous-auth=false",
  "--authorization-mode=Node,RBAC",
  "--service-account-issuer=https://bed.invalid",
  `--service-account-key-file=${join(dir, "sa.pub")}`,
  `--service-account-signing-key-file=${join(dir, "sa.key")}`,
  "--enable-admission-plugins=NodeRestriction",
  "--allow-privileged=true",
  `--audit-policy-file=${join(dir, "audit-policy.yaml")}`,
  `--audit-log-path=${join(dir, "audit.log")}`,
  "--max-requests-inflight=2000",
  "--max-mutating-requests-inflight=1000",
];

const client = (dir: string, user: string, port: number): readonly string[] => {
  const kubeconfig = join(dir, `${user}.kubeconfig`);
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${LOCAL}`,
    `--secure-port=${port}`,
    `--cert-dir=${dir}`,
    "--leader-elect=false",
  ];
};

/** With an 8 s grace a silent node is Unknown and tainted after about 8 s; leases must then be renewed each second. */
const quick = (options: BedOptions): readonly string[] =>
  options.quickNodes
    ? [
        "--node-monitor-period=500ms",
        "--node-monitor-grace-period=8s",
        "--node-startup-grace-period=10s",
      ]
    : ["--node-monitor-grace-period=50s"];

/** Own service account per controller, so that the audit log tells who did what. */
const controllerManager = (dir: string, ports: Ports, options: BedOptions): readonly string[] => [
  ...client(dir, "kube-controller-manager", ports.controllerManager),
  `--service-account-private-key-file=${join(dir, "sa.key")}`,
  `--root-ca-file=${join(dir, "apiserver.crt")}`,
  "--use-service-account-credentials=true",
  "--kube-api-qps=500",
  "--kube-api-burst=1000",
  "--authorization-always-allow-paths=/healthz,/metrics",
  ...quick(options),
];

const scheduler = (dir: string, ports: Ports): readonly string[] => [
  ...client(dir, "kube-scheduler", ports.scheduler),
  "--kube-api-qps=1000",
  "--kube-api-burst=2000",
  "--authorization-always-allow-paths=/healthz,/readyz,/metrics",
];

export type Place = { readonly dir: string; readonly ports: Ports; readonly options: BedOptions };

export function flagsOf(name: ComponentName, { dir, ports, options }: Place): readonly string[] {
  switch (name) {
    case "etcd":
      return etcd(dir, ports);
    case "kube-apiserver":
      return apiserver(dir, ports);
    case "kube-controller-manager":
      return controllerManager(dir, ports, options);
    case "kube-scheduler":
      return scheduler(dir, ports);
  }
}

/** Where each component says that it is ready. */
export function readyUrl(name: ComponentName, ports: Ports): string {
  switch (name) {
    case "etcd":
      return `http://${LOCAL}:${ports.etcd}/health`;
    case "kube-apiserver":
      return `https://${LOCAL}:${ports.apiserver}/readyz`;
    case "kube-controller-manager":
      return `https://${LOCAL}:${ports.controllerManager}/healthz`;
    case "kube-scheduler":
      return `https://${LOCAL}:${ports.scheduler}/readyz`;
  }
}
