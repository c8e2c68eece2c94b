import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import { keyOf } from "#shared/cluster/metadata.ts";
import type { PodSpec } from "#shared/cluster/pod.ts";
import type { Role } from "./facts.ts";
import { matchesGlob } from "./glob.ts";
import type { AuditPolicy } from "./policy.ts";

/** Annotation `dsaudit.dev/role` of a DaemonSet; the prefix is taken off when it is read. */
export const ROLE_ANNOTATION = "role";

const ROLES: ReadonlyMap<string, Role> = new Map(
  (
    [
      "cni",
      "csi",
      "kube-proxy",
      "dns",
      "device",
      "logs",
      "monitoring",
      "security",
      "other",
    ] as const
  ).map((role) => [role, role]),
);

/** Names that charts and add-ons give, the narrower before the wider. A trailing * because releases and pools are appended. */
const NAMES: readonly (readonly [pattern: string, role: Role])[] = [
  ["kube-proxy*", "kube-proxy"],
  ["aws-node", "cni"],
  ["aws-node-windows*", "cni"],
  ["cilium", "cni"],
  ["anetd", "cni"],
  ["calico-node*", "cni"],
  ["canal", "cni"],
  ["kindnet*", "cni"],
  ["kube-flannel*", "cni"],
  ["weave-net", "cni"],
  ["antrea-agent", "cni"],
  ["kube-router", "cni"],
  ["ovnkube-node*", "cni"],
  ["azure-cns*", "cni"],
  ["istio-cni-node", "cni"],
  ["kube-multus*", "cni"],
  ["multus*", "cni"],
  ["node-local-dns*", "dns"],
  ["nodelocaldns*", "dns"],
  ["dns-default", "dns"],
  ["nvidia-device-plugin*", "device"],
  ["*device-plugin*", "device"],
  ["nvidia-driver*", "device"],
  ["neuron-*", "device"],
  ["*-csi-node*", "csi"],
  ["csi-*", "csi"],
  ["longhorn-csi-plugin", "csi"],
  ["*csi-plugin*", "csi"],
  ["*node-exporter*", "monitoring"],
  ["*dcgm-exporter*", "monitoring"],
  ["cloudwatch-agent*", "monitoring"],
  ["datadog*", "monitoring"],
  ["*otel-collector*", "monitoring"],
  ["*opentelemetry-collector*", "monitoring"],
  ["eks-node-monitoring-agent", "monitoring"],
  ["node-problem-detector*", "monitoring"],
  ["newrelic*", "monitoring"],
  ["fluent*", "logs"],
  ["*fluent-bit*", "logs"],
  ["*promtail*", "logs"],
  ["filebeat*", "logs"],
  ["vector*", "logs"],
  ["*logging-agent*", "logs"],
  ["falco*", "security"],
  ["*tetragon*", "security"],
  ["*tracee*", "security"],
  ["kubearmor*", "security"],
  ["aws-guardduty-agent", "security"],
  ["*sysdig*", "security"],
  ["*crowdstrike*", "security"],
  ["falcon-*", "security"],
  ["twistlock*", "security"],
];

const hostPaths = ({ volumes }: PodSpec): readonly string[] =>
  volumes.flatMap(({ source }) =>
    source.type === "hostPath" ? [source.path.replace(/\/+$/, "")] : [],
  );

const isAt = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(`${folder}/`);

/** A CNI daemon writes its configuration where the container runtime looks for one. */
const looksLikeCni = (spec: PodSpec, paths: readonly string[]): boolean =>
  spec.hostNetwork && paths.some((path) => isAt(path, "/etc/cni/net.d") || path === "/etc/cni");

const looksLikeCsi = ({ containers }: PodSpec, paths: readonly string[]): boolean =>
  containers.some(({ image }) => image.includes("csi-node-driver-registrar")) ||
  (paths.some((path) => isAt(path, "/var/lib/kubelet/plugins")) &&
    paths.some((path) => isAt(path, "/var/lib/kubelet/plugins_registry")));

function byBehaviour(spec: PodSpec): Role | undefined {
  const paths = hostPaths(spec);
  if (looksLikeCni(spec, paths)) return "cni";
  if (looksLikeCsi(spec, paths)) return "csi";
  if (paths.some((path) => isAt(path, "/var/lib/kubelet/device-plugins"))) return "device";
  if (paths.some((path) => isAt(path, "/var/log"))) return "logs";
  return undefined;
}

const byName = (name: string): Role | undefined =>
  NAMES.find(([pattern]) => matchesGlob(pattern, name))?.[1];

/** What a daemon is for: its annotation, then the policy, then a known name, then what it mounts. */
export function roleOf(
  set: Pick<DaemonSet, "name" | "namespace" | "annotations" | "template">,
  policy: Pick<AuditPolicy, "roles">,
): Role {
  const own = ROLES.get(set.annotations.get(ROLE_ANNOTATION) ?? "");
  if (own) return own;
  const key = keyOf(set);
  const given = policy.roles.find(({ daemonSet }) => matchesGlob(daemonSet, key));
  return given?.role ?? byName(set.name) ?? byBehaviour(set.template) ?? "other";
}
