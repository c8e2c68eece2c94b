import { traitsOf } from "#shared/audit/engine/eligibility.ts";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { liveAudit, type Change } from "#shared/audit/engine/live-audit.ts";
import { classify, nodeClasses } from "#shared/audit/engine/node-classes.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Node } from "#shared/cluster/node.ts";
import { transientTaint } from "#shared/cluster/transient-taint.ts";
import { findingsOf } from "#shared/findings/make-findings.ts";
import { taint, tolerate } from "../fixtures/build.ts";
import type { Figure } from "./figure.ts";
import { askedOf, fleet, FLEET, type FleetSize } from "./fleet.ts";
import { interleaved, type Rounds } from "./timing.ts";

/** Calls `change` with another state each time, so that no call finds what it would do done. */
function byTurns<T>(states: readonly T[], change: (state: T) => unknown): () => unknown {
  let turn = 0;
  return () => {
    const state = states[(turn += 1) % states.length];
    return state === undefined ? undefined : change(state);
  };
}

const first = <T>(list: readonly T[], test: (one: T) => boolean): T => {
  const found = list.find(test);
  if (found === undefined) throw new Error("the fleet has none of these");
  return found;
};

const isPlain = ({ taints }: Node): boolean => taints.length === 0;
const relabelled = (node: Node, value: string): Node => ({
  ...node,
  labels: new Map([...node.labels, ["role", value]]),
});

/** Only who should run where: a node that looks like another one now, or like none before. */
function decisions(of: Cluster) {
  const asked = askedOf(of);
  const { classes } = classify(asked.placers, asked.traits);
  const node = first(of.Node, isPlain);
  const traits = (one: Node) => traitsOf(one, (found) => transientTaint(found) !== undefined);
  const decide = (one: Node, known: typeof classes): number => {
    const changed = traits(one);
    const ofNode = known.classOf(changed);
    let count = 0;
    for (let index = 0; index < asked.placers.length; index += 1)
      if (known.eligibility(index, changed, ofNode).intended !== "no") count += 1;
    return count;
  };
  const alike = byTurns([relabelled(node, "database"), node], (one) => decide(one, classes));
  let news = 0;
  let few = classes;
  /** Now and then it begins with no classes: a cluster has dozens, not thousands. */
  const never = () => {
    news += 1;
    if (news % 64 === 0) few = nodeClasses(asked.placers);
    return decide({ ...node, taints: [taint("new", "NoSchedule", String(news))] }, few);
  };
  const anew = () => classify(asked.placers, asked.traits).classes.size;
  return { alike, never, anew };
}

/** Everything that is told after a change: verdicts and findings. */
function following(of: Cluster) {
  const live = liveAudit(of, DEFAULT_POLICY);
  const told = (): number => findingsOf(live.audit()).length;
  const after = (change: Change): number => {
    if (!live.apply(change)) throw new Error("the change was not taken");
    return told();
  };
  told();
  const node = first(of.Node, isPlain);
  const pod = first(of.Pod, ({ owners }) => owners.length > 0);
  const set = first(of.DaemonSet, ({ template }) => template.tolerations.length > 1);
  const tolerant = { ...set, template: { ...set.template, tolerations: [tolerate("dedicated")] } };
  return {
    node: byTurns([relabelled(node, "database"), node], (object) =>
      after({ kind: "Node", object }),
    ),
    pod: byTurns<Change>(
      [
        { kind: "Pod gone", object: pod },
        { kind: "Pod", object: pod },
      ],
      after,
    ),
    template: byTurns([tolerant, set], (object) => after({ kind: "DaemonSet", object })),
  };
}

export function auditDelta(
  options: Rounds & { readonly size?: FleetSize } = {},
): readonly Figure[] {
  const { size = FLEET } = options;
  const of = fleet(size);
  const third = fleet({
    ...size,
    nodes: Math.ceil(size.nodes / 3),
    pods: Math.ceil(size.pods / 3),
  });
  const { alike, never, anew } = decisions(of);
  const { node, pod, template } = following(of);
  const times = interleaved(
    {
      alike,
      never,
      anew,
      whole: () => findingsOf(auditCluster(of, DEFAULT_POLICY)).length,
      node,
      pod,
      template,
      nodeOfFewer: following(third).node,
    },
    options,
  );
  const perSet = (ms: number): number => (ms * 1000) / size.daemonSets;
  return [
    {
      figure: "a node changes: class and decisions, µs a DaemonSet",
      values: times.map((time) => perSet(time.alike)),
      goal: 1,
    },
    {
      figure: "a node changes to what none was: the same",
      values: times.map((time) => perSet(time.never)),
      goal: 1,
    },
    {
      figure: "a template changes: eligibility / whole audit",
      values: times.map((time) => time.anew / time.whole),
      goal: 1 / 100,
    },
    {
      figure: "a node changes: verdicts and findings / whole audit",
      values: times.map((time) => time.node / time.whole),
      goal: 1 / 100,
    },
    {
      figure: "a pod comes or goes: verdicts and findings / whole audit",
      values: times.map((time) => time.pod / time.whole),
      goal: 1 / 100,
    },
    {
      figure: "a template changes: verdicts and findings / whole audit",
      // Twice the share of the placements that are its own.
      values: times.map((time) => time.template / time.whole),
      goal: 2 / size.daemonSets,
    },
    {
      figure: "a node changes, among three times as many",
      values: times.map((time) => time.node / time.nodeOfFewer),
      goal: 1.5,
    },
  ];
}
