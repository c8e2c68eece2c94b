import type { Audit, Occurrence } from "#shared/audit/audit.ts";
import type { ClusterFacts } from "#shared/audit/facts.ts";
import { counted } from "#shared/audit/phrase.ts";
import type { RemedyCall } from "#shared/audit/remedy-call.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Finding, FindingEvidence, Subject } from "./finding.ts";
import { fold, type Folded } from "./fold.ts";
import { findingId } from "./identity.ts";
import { ignoredBy, type Ignored } from "./ignore.ts";
import { mergeRemedies } from "./merge-remedies.ts";
import { severityOf } from "./severity.ts";
import { poolsInTrouble } from "./storm.ts";

/** From what was found to what a person should hear: folded, one finding a cause and subject, weighed, named for good. */
export function findingsOf({ facts, occurrences }: Audit): readonly Finding[] {
  const folded = fold(occurrences);
  const pools = poolsInTrouble(folded.map(({ occurrence }) => occurrence));
  const groups = Map.groupBy(folded, ({ occurrence }) =>
    findingId({
      cluster: facts.cluster.name,
      cause: occurrence.code,
      subject: subjectOf(occurrence, pools),
    }),
  );
  return [...groups].flatMap(([id, group]) => {
    const [first] = group;
    return first === undefined
      ? []
      : [findingOf({ id, subject: subjectOf(first.occurrence, pools), group }, facts)];
  });
}

/** A gap belongs to its DaemonSet, over all nodes; a node's trouble to the node, or to its pool where many have it. */
function subjectOf(occurrence: Occurrence, pools: ReadonlyMap<Occurrence, string>): Subject {
  const { where, part } = occurrence;
  const more = part === undefined ? {} : { part };
  switch (where.scope) {
    case "placement": {
      const { namespace, name } = where.placement.daemonSet.daemonSet;
      return { kind: "DaemonSet", namespace, name, ...more };
    }
    case "daemonSet": {
      const { namespace, name } = where.daemonSet.daemonSet;
      return { kind: "DaemonSet", namespace, name, ...more };
    }
    case "service": {
      const { namespace, name } = where.service.service;
      return { kind: "Service", namespace, name, ...more };
    }
    case "node": {
      const pool = pools.get(occurrence);
      return pool === undefined
        ? { kind: "Node", namespace: "", name: where.node.node.name, ...more }
        : { kind: "Cluster", namespace: "", name: clusterName(where.node.facts), part: pool };
    }
    case "cluster":
      return { kind: "Cluster", namespace: "", name: "", ...more };
  }
}

const clusterName = ({ cluster }: ClusterFacts): string => cluster.name;

type Group = {
  readonly id: string;
  readonly subject: Subject;
  readonly group: readonly Folded[];
};

function findingOf({ id, subject, group }: Group, facts: ClusterFacts): Finding {
  const judged = group.map((one) => ({ ...one, ignored: ignoredBy(one.occurrence, facts) }));
  const heard = judged.filter(({ ignored }) => ignored === undefined);
  const told = heard.length > 0 ? heard : judged;
  const occurrences = told.map(({ occurrence }) => occurrence);
  const nodes = union(occurrences.map((one) => one.nodes));
  const daemonSets = union(occurrences.map((one) => one.daemonSets));
  const symptom = told.every((one) => one.symptom);
  const ignored: Ignored | undefined = heard.length > 0 ? undefined : judged[0]?.ignored;
  return {
    id,
    cause: occurrences[0]?.code ?? "",
    severity: severityOf({ occurrences, nodes, daemonSets, symptom }, facts),
    subject: subject.kind === "Cluster" ? { ...subject, name: clusterName(facts) } : subject,
    daemonSets,
    nodes,
    since: earliest(occurrences.map(({ since }) => since)),
    summary: summaryOf(occurrences, nodes),
    evidence: occurrences.map(evidenceOf),
    remedies: mergeRemedies(
      occurrences.map((one) => remediesOf(one, { facts, nodes, daemonSets })),
    ),
    ...(ignored && { ignored }),
  };
}

const union = (lists: readonly (readonly string[])[]): readonly string[] =>
  [...new Set(lists.flat())].toSorted();

const earliest = (times: readonly (Instant | undefined)[]): Instant | undefined =>
  times.reduce<Instant | undefined>(
    (first, time) => (time !== undefined && (first === undefined || time < first) ? time : first),
    undefined,
  );

/** A sentence that cannot be made must not hide that the cause was found. */
function sentenceOf({ cause, code, evidence }: Occurrence): string {
  try {
    return cause.explain(evidence);
  } catch {
    return code;
  }
}

function summaryOf(occurrences: readonly Occurrence[], nodes: readonly string[]): string {
  const [first] = occurrences;
  if (first === undefined) return "";
  const sentence = sentenceOf(first);
  if (first.where.scope === "placement")
    return nodes.length === 1
      ? `no healthy pod on ${first.nodes[0] ?? "a node"}: ${sentence}`
      : `no healthy pod on ${counted(nodes.length, "node")}; on ${first.nodes[0] ?? "one"}: ${sentence}`;
  return occurrences.length === 1 || first.where.scope !== "node"
    ? sentence
    : `${counted(nodes.length, "node")} of one pool; ${first.nodes[0] ?? "one"}: ${sentence}`;
}

function evidenceOf(occurrence: Occurrence): FindingEvidence {
  const { where, evidence } = occurrence;
  const node =
    where.scope === "placement"
      ? where.placement.node.node.name
      : where.scope === "node"
        ? where.node.node.name
        : undefined;
  const daemonSet =
    where.scope === "placement"
      ? where.placement.daemonSet.key
      : where.scope === "daemonSet"
        ? where.daemonSet.key
        : undefined;
  return {
    sentence: sentenceOf(occurrence),
    ...(node !== undefined && { node }),
    ...(daemonSet !== undefined && { daemonSet }),
    facts: evidence,
  };
}

/** Advice that cannot be given is no reason to lose the finding. */
function remediesOf(
  { cause, evidence }: Occurrence,
  view: Parameters<Occurrence["cause"]["remedies"]>[1],
): readonly RemedyCall[] {
  try {
    return cause.remedies(evidence, view);
  } catch {
    return [];
  }
}
