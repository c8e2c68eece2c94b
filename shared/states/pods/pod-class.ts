import { pinnedTo, targetNodeName } from "#shared/cluster/affinity.ts";
import { controllerOf } from "#shared/cluster/metadata.ts";
import type { Pod, PodSpec } from "#shared/cluster/pod.ts";
import { canonical, sized } from "./canonical.ts";
import { registry, type Counted } from "./counted.ts";
import { prefixOf } from "./packed.ts";
import type { Part, Parts } from "./parts.ts";

/** What pods of one revision share: all but their own name, node, moments and status. */
export type HeldClass = Pick<
  Pod,
  "namespace" | "labels" | "annotations" | "owners" | "generation" | "doNotDisrupt"
> & {
  /** The part of the name before what the API server made up; "" where it made up nothing. */
  readonly prefix: string;
  /** Without node, and without the affinity for it where `pinned`. */
  readonly spec: PodSpec;
  /** Required node affinity is what the DaemonSet controller writes for the node that the pod is filed under. */
  readonly pinned: boolean;
  /** UID of the DaemonSet that owns it, or "". */
  readonly daemonOf: string;
  readonly parts: readonly Part[];
  /** Id of the shape that the status of its last pod had: the next one's is likely the same. */
  likelyShape: number;
};
export type PodClassEntry = Counted<HeldClass>;

/** How each field of a spec takes part in the identity of a class; a new field does not compile until it is named here. */
const FIELDS: Readonly<
  Record<Exclude<keyof PodSpec, "nodeName" | "requiredNodeAffinity">, "part" | "word">
> = {
  nodeSelector: "part",
  requiredPodAffinity: "part",
  requiredPodAntiAffinity: "part",
  topologySpread: "part",
  tolerations: "part",
  containers: "part",
  initContainers: "part",
  volumes: "part",
  resources: "part",
  overhead: "part",
  schedulingGates: "part",
  readinessGates: "part",
  hostNetwork: "word",
  priority: "word",
  priorityClassName: "word",
  preemptionPolicy: "word",
  schedulerName: "word",
  runtimeClassName: "word",
  serviceAccountName: "word",
  terminationGracePeriodSeconds: "word",
  os: "word",
};
const names = (how: "part" | "word"): readonly (keyof PodSpec)[] =>
  // The keys of FIELDS are fields of a spec.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  (Object.keys(FIELDS) as (keyof typeof FIELDS)[]).filter((field) => FIELDS[field] === how);
const PARTS = names("part");
const WORDS = names("word");
/** Of a spec, what all pods of a class have in common: of one object each, where they come out of a store. */
export const SHARED_FIELDS: readonly (keyof PodSpec)[] = [...PARTS, ...WORDS];

/** UID of the DaemonSet that owns it; an owner without UID proves nothing. */
export function daemonOf(pod: Pick<Pod, "owners">): string {
  const owner = controllerOf(pod);
  return owner?.kind === "DaemonSet" ? owner.uid : "";
}

/** The node whose business the pod is: where it is bound, or where a daemon pod is aimed; "" where neither. */
export function filedUnder(pod: Pod): string {
  if (pod.spec.nodeName !== "" || daemonOf(pod) === "") return pod.spec.nodeName;
  const target = targetNodeName(pod);
  return "nodeName" in target ? target.nodeName : "";
}

function isPinnedTo({ requiredNodeAffinity }: PodSpec, node: string): boolean {
  // By index: what is asked of every pod makes no lists.
  const terms = requiredNodeAffinity?.terms;
  if (node === "" || terms?.length !== 1) return false;
  const term = terms[0];
  if (term === undefined || term.matchExpressions.length > 0 || term.matchFields.length !== 1)
    return false;
  const field = term.matchFields[0];
  return (
    field?.key === "metadata.name" &&
    field.operator === "In" &&
    field.values.length === 1 &&
    field.values[0] === node
  );
}

/** The spec of a pod of this class that is filed under `node`. */
export const specOf = (of: HeldClass, nodeName: string, node: string): PodSpec => ({
  ...of.spec,
  nodeName,
  requiredNodeAffinity: of.pinned ? pinnedTo(node) : of.spec.requiredNodeAffinity,
});

export type PodClasses = {
  /** The class of a pod that is filed under `node`. Not kept yet. */
  of(pod: Pod, node: string): PodClassEntry;
  at(id: number): PodClassEntry | undefined;
  keep(entry: PodClassEntry): void;
  drop(entry: PodClassEntry): void;
  all(): Iterable<PodClassEntry>;
  size(): { readonly entries: number; readonly text: number };
};

/** The one copy that is held of a piece. */
// A part of a value is equal to it in everything.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const held = <T extends object>(parts: Parts, value: T): T => parts.of(value).value as T;

function make(pod: Pod, seen: Seen): HeldClass {
  const { parts } = seen;
  const { namespace, labels, annotations, owners, generation, doNotDisrupt, spec } = pod;
  const { requiredNodeAffinity: affinity } = spec;
  const pieces = PARTS.flatMap((field) => {
    const piece = spec[field];
    return typeof piece === "object" ? [[field, held(parts, piece)] as const] : [];
  });
  return {
    namespace,
    labels: held(parts, labels),
    annotations: held(parts, annotations),
    owners: held(parts, owners),
    generation,
    doNotDisrupt,
    prefix: seen.prefix,
    spec: {
      ...spec,
      ...Object.fromEntries(pieces),
      nodeName: "",
      requiredNodeAffinity:
        seen.pinned || affinity === undefined ? undefined : held(parts, affinity),
    },
    pinned: seen.pinned,
    daemonOf: daemonOf(pod),
    parts: seen.held,
    likelyShape: 0,
  };
}

type Seen = {
  readonly pinned: boolean;
  readonly prefix: string;
  readonly held: Part[];
  readonly parts: Parts;
};

function keyOf(pod: Pod, { pinned, prefix, held, parts }: Seen): string {
  const part = (value: unknown): string => {
    if (typeof value !== "object" || value === null) return "?";
    const one = parts.of(value);
    held.push(one);
    return `${one.id};`;
  };
  const { spec } = pod;
  let key = sized(pod.namespace) + sized(prefix) + (pod.doNotDisrupt ? "+" : "-");
  key += part(pod.labels) + part(pod.annotations) + part(pod.owners) + canonical(pod.generation);
  key += pinned ? "p" : part(spec.requiredNodeAffinity);
  for (const field of PARTS) key += part(spec[field]);
  for (const field of WORDS) key += canonical(spec[field]);
  return key;
}

/** The same in every field of FIELDS. Field by field, for what is asked of every pod: by name it takes ten times as long. */
// oxlint-disable-next-line eslint/complexity
const isSameSpec = (a: PodSpec, b: PodSpec): boolean =>
  a.containers === b.containers &&
  a.initContainers === b.initContainers &&
  a.volumes === b.volumes &&
  a.tolerations === b.tolerations &&
  a.nodeSelector === b.nodeSelector &&
  a.requiredPodAffinity === b.requiredPodAffinity &&
  a.requiredPodAntiAffinity === b.requiredPodAntiAffinity &&
  a.topologySpread === b.topologySpread &&
  a.resources === b.resources &&
  a.overhead === b.overhead &&
  a.schedulingGates === b.schedulingGates &&
  a.readinessGates === b.readinessGates &&
  a.hostNetwork === b.hostNetwork &&
  Object.is(a.priority, b.priority) &&
  a.priorityClassName === b.priorityClassName &&
  a.preemptionPolicy === b.preemptionPolicy &&
  a.schedulerName === b.schedulerName &&
  a.runtimeClassName === b.runtimeClassName &&
  a.serviceAccountName === b.serviceAccountName &&
  Object.is(a.terminationGracePeriodSeconds, b.terminationGracePeriodSeconds) &&
  a.os === b.os;

/** Whether a pod is of the class, as far as the identity of its pieces tells: "no" means "look closer". */
function isOf(pod: Pod, of: HeldClass, { pinned, prefix, parts }: Seen): boolean {
  const { spec } = pod;
  if (!isSameSpec(spec, of.spec)) {
    for (const field of WORDS) if (!Object.is(spec[field], of.spec[field])) return false;
    for (const field of PARTS) if (!isKnownAs(parts, spec[field], of.spec[field])) return false;
  }
  return (
    pod.namespace === of.namespace &&
    prefix === of.prefix &&
    pinned === of.pinned &&
    pod.doNotDisrupt === of.doNotDisrupt &&
    Object.is(pod.generation, of.generation) &&
    parts.isKnownAs(pod.labels, of.labels) &&
    parts.isKnownAs(pod.annotations, of.annotations) &&
    parts.isKnownAs(pod.owners, of.owners) &&
    (pinned || parts.isKnownAs(spec.requiredNodeAffinity, of.spec.requiredNodeAffinity))
  );
}

const isKnownAs = (parts: Parts, a: unknown, b: unknown): boolean =>
  a === b ||
  (typeof a === "object" &&
    typeof b === "object" &&
    a !== null &&
    b !== null &&
    parts.isKnownAs(a, b));

export function podClasses(parts: Parts): PodClasses {
  const classes = registry<HeldClass>();
  /** Pods of one revision have one object of labels, where the reader interns them. */
  const byLabels = new WeakMap<object, PodClassEntry>();

  function look(pod: Pod, seen: Seen): PodClassEntry {
    const key = keyOf(pod, seen);
    const known = classes.find(key);
    if (known !== undefined) return known;
    for (const one of seen.held) parts.keep(one);
    return classes.add(key, make(pod, seen));
  }

  return {
    of(pod, node) {
      const prefix = prefixOf(pod.name);
      const seen: Seen = { pinned: isPinnedTo(pod.spec, node), prefix, held: [], parts };
      const likely = byLabels.get(pod.labels);
      if (likely !== undefined && classes.at(likely.id) === likely)
        if (isOf(pod, likely.value, seen)) return likely;
      const found = look(pod, seen);
      byLabels.set(pod.labels, found);
      return found;
    },
    at: classes.at,
    keep: classes.keep,
    drop(entry) {
      if (classes.drop(entry)) for (const one of entry.value.parts) parts.drop(one);
    },
    all: classes.all,
    size: classes.size,
  };
}
