import { controllerOf, type Labels } from "#shared/cluster/metadata.ts";
import type { Container, Pod } from "#shared/cluster/pod.ts";
import type { Reading } from "#shared/cluster/read/json.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import type { Amounts } from "#shared/cluster/quantity.ts";
import type { Version } from "#shared/cluster/version.ts";
import type { PodClass } from "#shared/events/pod-rows.ts";
import { groupBy, type Grouping, type KnownPod } from "./known-pod.ts";
import { toldClass, type ToldClass } from "./row-text.ts";
import { readPodRow } from "./told-pod.ts";
import { filled, unlessEmpty, writePairs } from "#shared/states/write/json.ts";
import { writePodSpec } from "#shared/states/write/object.ts";

const cutContainer = (one: Container): Container => ({
  ...one,
  name: "",
  image: "",
  limits: new Map(),
  ports: one.ports.filter(({ hostPort }) => hostPort > 0),
});

const isSame = (a: Amounts, b: Amounts): boolean =>
  a.size === b.size && [...a].every(([resource, amount]) => b.get(resource) === amount);

/** Its status may say that it takes another amount than its spec asks for; a sum cannot tell that. */
const isAsAsked = (pod: Pod, version: Version | undefined): boolean =>
  isSame(podRequests(pod, version), podRequests({ spec: pod.spec }, version));

/** What matters of a pod where only sums do. undefined: it has to be told by itself. */
export function groupOf(known: KnownPod, asked: Grouping): ToldClass | undefined {
  const { pod } = known;
  if (pod.deletionAt !== undefined || pod.spec.nodeName === "") return undefined;
  return groupBy(known, asked, () => {
    const group = newGroup(pod, asked);
    return group && toldClass(group);
  });
}

/** Nothing but what `groupBy` remembers by may be asked here: neither the name of the pod nor its times. */
function newGroup(pod: Pod, { keys, version }: Grouping): PodClass | undefined {
  const kind = controllerOf(pod)?.kind;
  if (kind === "DaemonSet" || !isAsAsked(pod, version)) return undefined;
  const { phase, hasIP } = pod.status;
  return filled<PodClass>({
    namespace: pod.namespace,
    labels: labelsAmong(pod.labels, keys),
    ownerReferences: kind === undefined ? undefined : [filled({ kind, controller: true })],
    spec: cutSpec(pod.spec),
    status: unlessEmpty({ phase: phase || undefined, podIPs: hasIP ? [{}] : undefined }),
  });
}

const labelsAmong = (labels: Labels, keys: ReadonlySet<string>) =>
  writePairs(new Map([...labels].filter(([key]) => keys.has(key))));

/** What takes room, and who comes first. */
function cutSpec(spec: Pod["spec"]): PodClass["spec"] {
  const { resources, overhead, hostNetwork, priority } = writePodSpec({
    ...spec,
    resources: spec.resources && { ...spec.resources },
  });
  const { containers, initContainers } = writePodSpec({
    ...spec,
    containers: spec.containers.map(cutContainer),
    initContainers: spec.initContainers.map(cutContainer),
  });
  return filled({ containers, initContainers, resources, overhead, hostNetwork, priority });
}

/** Healthy pods that stand for those of a group. Their names are made up: nothing is said of any one of them. */
export function podsOfGroup(
  of: PodClass,
  count: number,
  into: { readonly node: string; readonly reading: Reading; readonly first: number },
): readonly Pod[] {
  return Array.from({ length: count }, (_, at) => {
    const name = `grouped-${into.first + at}.${into.node}`;
    return readPodRow(of, { name, uid: name }, into);
  });
}
