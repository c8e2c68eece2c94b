import { forbiddenBy, placerOf, type Placer } from "#shared/audit/engine/eligibility.ts";
import { roleOf } from "#shared/audit/roles.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import { computeTypeOf } from "#shared/cluster/compute-type.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import { keyOf, type Labels } from "#shared/cluster/metadata.ts";
import type { Node } from "#shared/cluster/node.ts";
import { speaksOf } from "#shared/cluster/pod-affinity.ts";
import type { Pod, PodAffinityTerm } from "#shared/cluster/pod.ts";
import { NO_TRANSIENT_KEYS, transientTaint } from "#shared/cluster/transient-taint.ts";
import type { Version } from "#shared/cluster/version.ts";
import { hash64 } from "#shared/states/digest.ts";
import { canonical } from "#shared/states/pods/canonical.ts";
import type { Surroundings } from "#shared/states/view/bundle.ts";

/** What the row of a node depends on beside the node: for whom a place must be free, and which of its pods need a name. */
export type RowContext = {
  readonly version: Version | undefined;
  /** UIDs of DaemonSets that are meant to be on the node, by any reading of its taints. */
  wantedOn(node: Node): ReadonlySet<string>;
  /** Labels of pods of the namespace that a Service there asks for. */
  labelKeys(namespace: string): ReadonlySet<string>;
  /** A rule may name this very pod, be its node well or not. */
  isNamed(pod: Pod): boolean;
  /** Equal for contexts in which every node's row says the same. */
  readonly signature: string;
};

const NO_KEYS: ReadonlySet<string> = new Set();
const HOSTNAME = "kubernetes.io/hostname";

type Term = { readonly term: PodAffinityTerm; readonly owner: string };

export function rowContext({ version, daemonSets, services }: Surroundings): RowContext {
  const sets = daemonSets.toSorted((a, b) => (a.uid < b.uid ? -1 : Number(a.uid > b.uid)));
  const placers = sets.map((set) => placerIn(set, version));
  const byNamespace = labelKeysOf(services);
  const claims = new Set(sets.flatMap(claimsIn));
  const terms = sets.flatMap(widerTerms);
  return {
    version,
    wantedOn: (node) => wantedOn(placers, node),
    labelKeys: (namespace) => byNamespace.get(namespace) ?? NO_KEYS,
    isNamed: (pod) =>
      pod.spec.volumes.some(
        ({ source }) => source.type === "claim" && claims.has(`${pod.namespace}/${source.claim}`),
      ) || terms.some((one) => speaksOfPod(one, pod)),
    signature: signatureOf([version?.text, sortedKeys(byNamespace), placers, [...claims], terms]),
  };
}

function labelKeysOf(services: Surroundings["services"]): ReadonlyMap<string, ReadonlySet<string>> {
  const byNamespace = new Map<string, Set<string>>();
  for (const { namespace, selector } of services)
    for (const key of selector.keys())
      byNamespace.set(namespace, (byNamespace.get(namespace) ?? new Set<string>()).add(key));
  return byNamespace;
}

/** In one order, whoever came first. */
const sortedKeys = (byNamespace: ReadonlyMap<string, ReadonlySet<string>>) =>
  [...byNamespace].map(([name, keys]) => [name, ...[...keys].toSorted()].join("\n")).toSorted();

type Signed = readonly [unknown, unknown, readonly Placer[], unknown, unknown];

/** Of all that a row of a node asks the context. */
function signatureOf([version, keys, placers, claims, terms]: Signed): string {
  const rules = placers.map(({ set: { uid, name, template }, role }) => {
    const { nodeName, nodeSelector, requiredNodeAffinity, tolerations, hostNetwork } = template;
    return [
      uid,
      name,
      role,
      nodeName,
      nodeSelector,
      requiredNodeAffinity,
      tolerations,
      hostNetwork,
    ];
  });
  return hash64(canonical([version, keys, rules, claims, terms]));
}

const NO_LABELS: Labels = new Map();

/** A selector of the namespace only makes the answer narrower: without it a pod too many gets a name. */
const placerIn = (daemonSet: DaemonSet, version: Version | undefined): Placer =>
  placerOf(daemonSet, roleOf(daemonSet, DEFAULT_POLICY), { version, namespaceSelector: NO_LABELS });

function wantedOn(placers: readonly Placer[], node: Node): ReadonlySet<string> {
  const compute = computeTypeOf(node);
  const { name, labels } = node;
  const lasting = node.taints.filter(
    (taint) => transientTaint(taint, NO_TRANSIENT_KEYS, true) === undefined,
  );
  const wanted = placers.filter(
    (placer) =>
      forbiddenBy(compute, placer) === undefined &&
      placer.run({ name, labels, taints: lasting }).run !== "no",
  );
  return new Set(wanted.map(({ set }) => set.uid));
}

const claimsIn = (daemonSet: DaemonSet): readonly string[] =>
  daemonSet.template.volumes.flatMap(({ source }) =>
    source.type === "claim" ? [keyOf({ namespace: daemonSet.namespace, name: source.claim })] : [],
  );

/** Anti-affinity over more than the node: pods of other nodes can be in the way, and are named then. */
const widerTerms = (daemonSet: DaemonSet): readonly Term[] =>
  daemonSet.template.requiredPodAntiAffinity
    .filter(({ topologyKey }) => topologyKey !== HOSTNAME)
    .map((term) => ({ term, owner: daemonSet.namespace }));

const speaksOfPod = ({ term, owner }: Term, pod: Pod): boolean =>
  speaksOf(term, { owner, other: pod }, () => undefined) !== "no";
