import type { ClusterFacts, DaemonSetView, NodeView } from "#shared/audit/facts.ts";
import { controllerOf } from "#shared/cluster/metadata.ts";
import { targetNodeName } from "#shared/cluster/affinity.ts";
import { nearestName } from "#shared/cluster/nearest-name.ts";
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

/** Nothing of this name, or too many; `near`: what may be meant. */
export type NotFound = {
  readonly notFound: "node" | "DaemonSet" | "pod";
  readonly name: string;
  readonly near: readonly string[];
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
    return { notFound: "node", name: node.node.name, near: [], why: "it is in no placement" };
  const findings = rows(
    judged,
    ({ nodes, daemonSets }) => nodes.includes(node.node.name) && daemonSets.includes(set.key),
  );
  return explainPlacement(view, findings);
}

function nodeNamed(facts: ClusterFacts, name: string): NodeView | NotFound {
  return (
    facts.node(name) ?? {
      notFound: "node",
      name,
      near: near(
        name,
        facts.nodes.map(({ node }) => node.name),
      ),
      why: "",
    }
  );
}

function daemonSetNamed(facts: ClusterFacts, name: string): DaemonSetView | NotFound {
  const found = facts.daemonSet(name);
  if (found) return found;
  const keys = facts.daemonSets.map(({ key }) => key);
  if (name.includes("/"))
    return { notFound: "DaemonSet", name, near: nearKeys(name, keys), why: "" };
  const [only, ...more] = facts.daemonSets.filter(({ daemonSet }) => daemonSet.name === name);
  if (only !== undefined && more.length === 0) return only;
  const all = only === undefined ? [] : [only, ...more].map(({ key }) => key);
  return all.length > 1
    ? { notFound: "DaemonSet", name, near: all, why: "several namespaces have one of this name" }
    : { notFound: "DaemonSet", name, near: nearKeys(name, keys), why: "" };
}

function explainPod(judged: Judged, key: string): Explanation | NotFound {
  const { facts } = judged;
  const pod = facts.cluster.Pod.find((one) => `${one.namespace}/${one.name}` === key);
  if (pod === undefined) {
    const known = facts.daemonSets.flatMap(({ pods }) =>
      pods.map(({ namespace, name }) => `${namespace}/${name}`),
    );
    return { notFound: "pod", name: key, near: near(key, known), why: "" };
  }
  const uid = controllerOf(pod)?.uid;
  const set = facts.daemonSets.find(({ daemonSet }) => uid !== undefined && daemonSet.uid === uid);
  const target = targetNodeName(pod);
  if (set === undefined)
    return { notFound: "pod", name: key, near: [], why: "it is of no DaemonSet" };
  const node = "nodeName" in target ? facts.node(target.nodeName) : undefined;
  if (node === undefined)
    return { notFound: "pod", name: key, near: [], why: "its node is not in the cluster" };
  return placement(judged, set, node);
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
