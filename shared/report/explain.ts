import type { ClusterFacts, DaemonSetView, NodeView } from "#shared/audit/facts.ts";
import { controllerOf, keyOf } from "#shared/cluster/metadata.ts";
import { targetNodeName } from "#shared/cluster/affinity.ts";
import { nearestName } from "#shared/cluster/nearest-name.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { Finding } from "#shared/findings/finding.ts";
import { explainDaemonSet } from "./explain-daemon-set.ts";
import { explainNode } from "./explain-node.ts";
import { explainPlacement } from "./explain-placement.ts";
import type { Explanation } from "./explanation.ts";
import { findingRow, worstFirst } from "./make-report.ts";

/** "namespace/name"; a DaemonSet's bare name will do where only one namespace has it. */
export type Question =
  | { readonly about: "node"; readonly node: string }
  | { readonly about: "daemonSet"; readonly daemonSet: string }
  | { readonly about: "placement"; readonly daemonSet: string; readonly node: string }
  /** Its DaemonSet on its node is meant. */
  | { readonly about: "pod"; readonly pod: string };

/** Nothing of this name, or too many; `near`: what may be meant; `known`: what there is instead. */
export type NotFound = {
  readonly notFound: "node" | "DaemonSet" | "pod";
  readonly name: string;
  readonly near: readonly string[];
  readonly known: readonly string[];
  readonly why: string;
};

type Judged = { readonly facts: ClusterFacts; readonly findings: readonly Finding[] };

export function explain(judged: Judged, question: Question): Explanation | NotFound {
  switch (question.about) {
    case "node": {
      const node = nodeNamed(judged.facts, question.node);
      return "notFound" in node ? node : explainNode(node, ofNode(judged, node));
    }
    case "daemonSet": {
      const set = daemonSetNamed(judged.facts, question.daemonSet);
      return "notFound" in set ? set : explainDaemonSet(set, ofDaemonSet(judged, set));
    }
    case "placement": {
      const node = nodeNamed(judged.facts, question.node);
      if ("notFound" in node) return node;
      const set = daemonSetNamed(judged.facts, question.daemonSet);
      return "notFound" in set ? set : placement(judged, set, node);
    }
    case "pod":
      return explainPod(judged, question.pod);
  }
}

const rows = ({ facts, findings }: Judged, concerns: (finding: Finding) => boolean) =>
  findings
    .filter(concerns)
    .toSorted(worstFirst)
    .map((finding) => findingRow(finding, facts));

const ofDaemonSet = (judged: Judged, { key }: DaemonSetView) =>
  rows(judged, ({ daemonSets }) => daemonSets.includes(key));

const ofNode = (judged: Judged, { node }: NodeView) =>
  rows(judged, ({ nodes }) => nodes.includes(node.name));

function placement(judged: Judged, set: DaemonSetView, node: NodeView): Explanation | NotFound {
  const view = set.placements().find((one) => one.node.node.name === node.node.name);
  if (view === undefined)
    return {
      notFound: "node",
      name: node.node.name,
      near: [],
      known: [],
      why: "it is in no placement",
    };
  const findings = rows(
    judged,
    ({ nodes, daemonSets }) => nodes.includes(node.node.name) && daemonSets.includes(set.key),
  );
  return explainPlacement(view, findings);
}

function nodeNamed(facts: ClusterFacts, name: string): NodeView | NotFound {
  const found = facts.node(name);
  if (found) return found;
  const known = facts.nodes.map(({ node }) => node.name);
  return { notFound: "node", name, near: near(name, known), known, why: "" };
}

function daemonSetNamed(facts: ClusterFacts, name: string): DaemonSetView | NotFound {
  const found = facts.daemonSet(name);
  if (found) return found;
  const known = facts.daemonSets.map(({ key }) => key);
  const same = name.includes("/")
    ? []
    : facts.daemonSets.filter(({ daemonSet }) => daemonSet.name === name);
  const [only] = same;
  if (only !== undefined && same.length === 1) return only;
  return keysNotFound("DaemonSet", name, { known, same: same.map(({ key }) => key) });
}

/** A name without a namespace is that of several, or of none. */
const keysNotFound = (
  notFound: NotFound["notFound"],
  name: string,
  { known, same }: { readonly known: readonly string[]; readonly same: readonly string[] },
): NotFound =>
  same.length > 1
    ? { notFound, name, near: same, known, why: "several namespaces have one of this name" }
    : { notFound, name, near: nearKeys(name, known), known, why: "" };

function explainPod(judged: Judged, key: string): Explanation | NotFound {
  const { facts } = judged;
  const pod = podNamed(facts, key);
  if ("notFound" in pod) return pod;
  const uid = controllerOf(pod)?.uid;
  const set = facts.daemonSets.find(({ daemonSet }) => uid !== undefined && daemonSet.uid === uid);
  const refused = { notFound: "pod", name: keyOf(pod), near: [], known: [] } as const;
  if (set === undefined) return { ...refused, why: "it is of no DaemonSet" };
  const target = targetNodeName(pod);
  const node = "nodeName" in target ? facts.node(target.nodeName) : undefined;
  if (node === undefined) return { ...refused, why: "its node is not in the cluster" };
  return placement(judged, set, node);
}

/** Any pod may be named; of those that may be meant only daemon pods can be explained. */
function podNamed({ cluster, daemonSets }: ClusterFacts, name: string): Pod | NotFound {
  const same = cluster.Pod.filter((pod) =>
    name.includes("/") ? keyOf(pod) === name : pod.name === name,
  );
  const [only] = same;
  if (only !== undefined && same.length === 1) return only;
  const known = daemonSets.flatMap(({ pods }) => pods.map(keyOf));
  return keysNotFound("pod", name, { known, same: same.map(keyOf) });
}

function near(name: string, known: readonly string[]): readonly string[] {
  const found = nearestName(name, known);
  return found === undefined ? [] : [found];
}

/** The name alone may be right, and the namespace wrong. */
function nearKeys(name: string, keys: readonly string[]): readonly string[] {
  const bare = name.slice(name.indexOf("/") + 1);
  const same = keys.filter((key) => key.endsWith(`/${bare}`));
  if (same.length > 0) return same;
  const close = near(name, keys);
  if (close.length > 0) return close;
  const byName = nearestName(
    bare,
    keys.map((key) => key.slice(key.indexOf("/") + 1)),
  );
  return byName === undefined ? [] : keys.filter((key) => key.endsWith(`/${byName}`));
}
