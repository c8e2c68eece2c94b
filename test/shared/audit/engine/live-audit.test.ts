import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Audit } from "#shared/audit/audit.ts";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { eligibilityOf, placerOf, traitsOf } from "#shared/audit/engine/eligibility.ts";
import { liveAudit, type Change } from "#shared/audit/engine/live-audit.ts";
import { classify } from "#shared/audit/engine/node-classes.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import { keyOf } from "#shared/cluster/metadata.ts";
import { transientTaint } from "#shared/cluster/transient-taint.ts";
import { findingsOf } from "#shared/findings/make-findings.ts";
import { daemonSet, NOW, node, cluster, taint } from "../../../fixtures/build.ts";
import {
  anyCluster,
  anyDaemonPod,
  anyDaemonSet,
  anyNode,
} from "../../../fixtures/random-cluster.ts";

/** All that an audit says, in an order of its own. */
function told(audit: Audit): object {
  const placements = audit.facts.daemonSets.flatMap((set) =>
    set.placements().map((placement) => ({
      key: `${set.key} on ${placement.node.node.name}`,
      eligible: placement.eligible,
      intended: placement.intended,
      pod: placement.pod?.name,
      verdict: placement.verdict(),
    })),
  );
  return {
    placements: placements.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    findings: findingsOf(audit).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    unanswered: audit.unanswered.map(({ code, why }) => `${code}: ${why}`).toSorted(),
  };
}

/** What the changed cluster looks like to somebody who reads it for the first time. */
function after(before: Cluster, change: Change): Cluster {
  const without = <T extends { readonly namespace: string; readonly name: string }>(
    list: readonly T[],
    one: { readonly namespace: string; readonly name: string },
  ): readonly T[] => list.filter((other) => keyOf(other) !== keyOf(one));
  switch (change.kind) {
    case "Node":
      return {
        ...before,
        Node: before.Node.map((one) => (one.name === change.object.name ? change.object : one)),
      };
    case "Pod":
      return { ...before, Pod: [...without(before.Pod, change.object), change.object] };
    case "Pod gone":
      return { ...before, Pod: without(before.Pod, change.object) };
    case "DaemonSet":
      return {
        ...before,
        DaemonSet: before.DaemonSet.map((one) =>
          keyOf(one) === keyOf(change.object) ? change.object : one,
        ),
      };
    case "time":
      return { ...before, at: change.at };
  }
}

const anyChange = (of: Cluster): fc.Arbitrary<Change> => {
  const one = <T>(list: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...list);
  const put: fc.Arbitrary<Change> = one(of.DaemonSet).chain((set) =>
    one(of.Node).chain(({ name }) =>
      fc
        .constantFrom("a", "b", "c")
        .chain((end) => anyDaemonPod(set, name, `${set.name}-${name}-${end}`))
        .map((object) => ({ kind: "Pod" as const, object })),
    ),
  );
  return fc.oneof(
    put,
    one(of.Node)
      .chain(({ name }) => anyNode(name))
      .map((object) => ({ kind: "Node" as const, object })),
    one(of.DaemonSet)
      .chain(({ name }) => anyDaemonSet(name))
      .map((object) => ({ kind: "DaemonSet" as const, object })),
    fc.integer({ min: 1, max: 4000 }).map((s) => ({ kind: "time" as const, at: NOW + s * 1000 })),
    of.Pod.length === 0
      ? put
      : one(of.Pod).map((object) => ({ kind: "Pod gone" as const, object })),
  );
};

const story = anyCluster.chain((start) =>
  fc.tuple(fc.constant(start), fc.array(anyChange(start), { minLength: 1, maxLength: 6 })),
);

test("an audit that follows changes says what a new audit of the changed cluster says", () => {
  fc.assert(
    fc.property(story, ([start, changes]) => {
      const live = liveAudit(start, DEFAULT_POLICY);
      live.audit();
      let now = start;
      for (const drawn of changes) {
        const change = drawn.kind === "time" ? { ...drawn, at: now.at + drawn.at - NOW } : drawn;
        expect(live.apply(change)).toBe(true);
        now = after(now, change);
        expect(told(live.audit())).toEqual(told(auditCluster(now, DEFAULT_POLICY)));
      }
    }),
    { numRuns: 200 },
  );
});

test("judging nodes by class says what judging each node for each DaemonSet says", () => {
  fc.assert(
    fc.property(anyCluster, (of) => {
      const placers = of.DaemonSet.map((set) => placerOf(set, "other", { version: of.version }));
      const traits = of.Node.map((one) =>
        traitsOf(one, (taint) => transientTaint(taint) !== undefined),
      );
      const { classes, ofNodes } = classify(placers, traits);
      for (const [at, one] of traits.entries()) {
        const ofNode = ofNodes[at];
        if (ofNode === undefined) throw new Error("a node without a class");
        for (const [index, placer] of placers.entries())
          expect(classes.eligibility(index, one, ofNode)).toEqual(eligibilityOf(placer, one));
      }
    }),
    { numRuns: 300 },
  );
});

test("a new template judged class by class says what judging it node by node says", () => {
  const twoOf = anyCluster.chain((of) => fc.tuple(fc.constant(of), anyDaemonSet("d0")));
  fc.assert(
    fc.property(twoOf, ([of, changed]) => {
      const placerFor = (set: typeof changed) => placerOf(set, "other", { version: of.version });
      const traits = of.Node.map((one) =>
        traitsOf(one, (taint) => transientTaint(taint) !== undefined),
      );
      const { classes, ofNodes } = classify(of.DaemonSet.map(placerFor), traits);
      if (!classes.replace(0, placerFor(changed))) return;
      for (const [at, one] of traits.entries()) {
        const ofNode = ofNodes[at];
        if (ofNode === undefined) throw new Error("a node without a class");
        expect(classes.eligibility(0, one, ofNode)).toEqual(eligibilityOf(placerFor(changed), one));
      }
    }),
    { numRuns: 300 },
  );
});

test("a gate by its name only stays once its node has grown up, though the node's phase is the same", () => {
  const leaving = node("n1", {
    createdAt: NOW - 60_000,
    taints: [taint("karpenter.sh/disrupted"), taint("vendor.example/agent-not-ready")],
  });
  const live = liveAudit(cluster({ Node: [leaving], DaemonSet: [daemonSet("d")] }), DEFAULT_POLICY);
  const intended = (): unknown => live.audit().facts.daemonSets[0]?.placements()[0]?.intended;

  expect(intended()).toBe("yes");
  live.apply({ kind: "time", at: NOW + 3_600_000 });
  expect(intended()).toBe("no");
});

test("a node or DaemonSet that was not there before asks for a new audit", () => {
  const live = liveAudit(
    cluster({ Node: [node("n1")], DaemonSet: [daemonSet("d")] }),
    DEFAULT_POLICY,
  );

  expect(live.apply({ kind: "Node", object: node("n2") })).toBe(false);
  expect(live.apply({ kind: "DaemonSet", object: daemonSet("other") })).toBe(false);
  expect(live.apply({ kind: "DaemonSet", object: daemonSet("d", { uid: "another" }) })).toBe(false);
});
