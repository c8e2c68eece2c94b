import { expect } from "vitest";
import { printable } from "#shared/cluster/printable.ts";
import { OUTPUT_FORMATS, render } from "#shared/report/render.ts";
import type { AuditReport } from "#shared/report/report.ts";
import { daemonPodJson, daemonSetJson, nodeJson, podJson } from "../../fixtures/kubernetes-json.ts";
import { OPTIONS } from "../../fixtures/saying.ts";
import { textOf, type Hostile } from "./corpus.ts";
import { fedBothWays, READY, told, verdicts, type Json } from "./fed.ts";

type Label = {
  readonly labelKey: string;
  readonly labelValue: string;
  readonly op?: string;
  readonly values?: readonly string[];
};

/** A name of objects, a key of labels and taints, or a label with its value. */
export async function name(hostile: Hostile): Promise<void> {
  const { input, class: outcome, expect: expected } = hostile;
  if (typeof input === "object") return label(input as Label, outcome);
  const text = textOf(hostile);
  if (outcome === "reject") {
    if (expected.includes("label key")) await noKey(text);
    return refused(text);
  }
  return expected.includes("label or taint key") ? key(text) : counted(text);
}

/** The node, the DaemonSet and its pod are counted like any other; a namespace may be so named unless that is too long. */
async function counted(text: string): Promise<void> {
  const namespace = text.length > 63 ? "kube-system" : text;
  const uid = "uid-of-the-set";
  const set = daemonSetJson("x", { metadata: { name: text, namespace, uid } });
  const owner = { apiVersion: "apps/v1", kind: "DaemonSet", name: text, uid, controller: true };
  const metadata = { namespace, labels: { app: "x" }, ownerReferences: [owner] };
  const pod = podJson(text, { ...READY, metadata, spec: { nodeName: text } });
  const report = await fedBothWays([nodeJson(text), set, pod]);

  expect(told(report)).toEqual([]);
  expect(verdicts(report, `${namespace}/${text}`)).toEqual([`${text}: covered`, "other: gap"]);
  expect(render(report, "wide", OPTIONS)).toContain(text);
  const isLong = text.length > 63;
  const table = render(report, "table", OPTIONS).split("\n");
  // A command is there to be copied, so nothing of it is cut.
  const prose = table.filter((line) => !line.trim().startsWith("kubectl")).join("\n");
  expect(prose).toContain(isLong ? text.slice(0, 60) : text);
  expect([prose.includes(text), prose.includes("a…")]).toEqual([!isLong, isLong]);
}

/** Nobody inherits a label or a taint of this key. */
async function key(text: string): Promise<void> {
  const labelled = nodeJson("n1", {
    metadata: { labels: { [text]: "1" } },
    spec: { taints: [{ key: text, effect: "NoSchedule" }] },
  });
  const wants = (tolerations: readonly Json[]) =>
    daemonSetJson("x", {
      spec: { template: { spec: { nodeSelector: { [text]: "1" }, tolerations } } },
    });
  const tolerating = await fedBothWays([labelled, wants([{ key: text, operator: "Exists" }])]);
  const notTolerating = await fedBothWays([labelled, wants([])]);

  expect([told(tolerating), told(notTolerating)]).toEqual([[], []]);
  expect(verdicts(tolerating)).toEqual(["n1: gap", "other: excluded"]);
  expect(verdicts(notTolerating)).toEqual(["n1: excluded", "other: excluded"]);
}

/** The label is left out and told; its object is read, and nobody's prototype is another one (which `harmless` sees). */
async function noKey(text: string): Promise<void> {
  const labels = Object.fromEntries([
    [text, "1"],
    ["a", "b"],
  ]);
  const report = await fedBothWays([
    nodeJson("n1", { metadata: { labels } }),
    daemonSetJson("x", { spec: { template: { spec: { nodeSelector: { a: "b" } } } } }),
  ]);

  expect(told(report)).toEqual([`name.syntax Node/n1 metadata.labels.${text}`]);
  expect(verdicts(report)).toEqual(["n1: gap", "other: excluded"]);
}

/** The object of that name is refused with the field named, and the name is nowhere but where it was told, made visible. */
async function refused(text: string): Promise<void> {
  const report = await fedBothWays([
    nodeJson(text),
    daemonSetJson(text),
    podJson(text),
    podJson("y", { metadata: { namespace: text } }),
    daemonPodJson(text, "other"),
  ]);
  const shown = printable(text);
  const namespace = text === "" ? [] : [`name.syntax Pod/${shown}/y metadata.namespace`];

  expect(told(report).filter((problem) => problem.startsWith("name."))).toEqual(
    [
      `name.syntax Node/${shown} metadata.name`,
      `name.syntax DaemonSet/kube-system/${shown} metadata.name`,
      `name.syntax Pod/default/${shown} metadata.name`,
      `name.syntax Pod/kube-system/${shown}-other metadata.name`,
      ...namespace,
    ].toSorted(),
  );
  expect(report.nodes.map((node) => node.name)).toEqual(["other"]);
  expect(report.daemonSets.map((set) => set.name)).toEqual(["fine"]);
  const named = report.findings.flatMap((finding) => [
    finding.subject.name,
    ...finding.nodes,
    ...finding.daemonSets,
  ]);
  expect(named.filter((one) => text !== "" && one.includes(text))).toEqual([]);
  if (/[<&]/.test(text)) expect(markupOf(report)).not.toContain(text);
}

const markupOf = (report: AuditReport): string =>
  OUTPUT_FORMATS.filter((format) => format === "html" || format === "junit")
    .map((format) => render(report, format, OPTIONS))
    .join("\n");

/** A value stays text; one that Kubernetes would refuse is told, and kept, since a selector may ask for its key. */
async function label(input: Label, outcome: Hostile["class"]): Promise<void> {
  const { labelKey, labelValue } = input;
  const { op = outcome === "reject" ? "Exists" : "In", values = [labelValue] } = input;
  const node = nodeJson("n1", { metadata: { labels: { [labelKey]: labelValue } } });
  const matchExpressions = [
    { key: labelKey, operator: op, ...(op === "Exists" ? {} : { values }) },
  ];
  const required = { nodeSelectorTerms: [{ matchExpressions }] };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
  const report = await fedBothWays([
    node,
    daemonSetJson("x", { spec: { template: { spec: { affinity } } } }),
  ]);
  const wrong = outcome === "reject" ? [`label.value Node/n1 metadata.labels.${labelKey}`] : [];

  expect(told(report)).toEqual(wrong);
  expect(verdicts(report)).toEqual([`n1: ${op === "Gt" ? "excluded" : "gap"}`, "other: excluded"]);
}
