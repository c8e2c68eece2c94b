import { expect, test } from "vitest";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import { auditCluster } from "#shared/flow/audit-cluster.ts";
import { explainSubject } from "#shared/flow/explain-subject.ts";
import { ago, cluster, daemonPod, daemonSet, node } from "../../fixtures/build.ts";

const set = daemonSet("agent", { createdAt: ago(86_400) });
const read = async () =>
  cluster({ Node: [node("n1"), node("n2")], DaemonSet: [set], Pod: [daemonPod(set, "n1")] });
const policy = DEFAULT_POLICY;

test("a cluster is read, judged and reported: the gap, its finding, its remedy", async () => {
  const report = await auditCluster(read)({ policy });
  expect(report.summary).toMatchObject({ nodes: 2, intended: 2, covered: 1, gaps: 1 });
  const [worst] = report.findings;
  expect(worst).toMatchObject({ cause: "pod-not-created", severity: "warning", nodes: ["n2"] });
  expect(worst?.remedies).not.toEqual([]);
  expect(report).not.toHaveProperty("placements");
});

test("with placements a row for each DaemonSet on each node", async () => {
  const report = await auditCluster(read)({ policy, placements: true });
  expect(report.placements?.map(({ node, verdict }) => [node, verdict])).toEqual([
    ["n1", "covered"],
    ["n2", "gap"],
  ]);
});

test("what cannot be read is the reader's error, as it is", async () => {
  const failure = new Error("no cluster");
  await expect(auditCluster(() => Promise.reject(failure))({ policy })).rejects.toBe(failure);
});

test("a scope that chooses nothing is refused, not reported as well", async () => {
  await expect(
    auditCluster(read)({ policy, scope: { namespace: "kube-sytem" } }),
  ).rejects.toMatchObject({
    code: "usage",
    message: 'there is no DaemonSet in namespace kube-sytem. Did you mean "kube-system"?',
  });
});

test("a question gets its answer, or the names that may be meant", async () => {
  const ask = explainSubject(read);
  expect(await ask({ about: "node", node: "n2" }, policy)).toMatchObject({
    kind: "NodeExplanation",
    findings: [{ cause: "pod-not-created" }],
  });
  await expect(ask({ about: "node", node: "n22" }, policy)).rejects.toMatchObject({
    code: "usage",
    message: 'there is no node n22. Did you mean "n2"?',
  });
  await expect(ask({ about: "daemonSet", daemonSet: "zzzz" }, policy)).rejects.toMatchObject({
    message: "there is no DaemonSet zzzz",
    hint: "there are: kube-system/agent",
  });
});
