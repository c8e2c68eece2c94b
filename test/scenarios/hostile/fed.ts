import { expect } from "vitest";
import { AuditReport } from "#shared/events/audit-report.ts";
import { OUTPUT_FORMATS, render } from "#shared/report/render.ts";
import { dsaudit, type Outcome } from "../../fixtures/command.ts";
import { daemonPodJson, daemonSetJson, nodeJson } from "../../fixtures/kubernetes-json.ts";
import { OPTIONS, UNSEEN } from "../../fixtures/saying.ts";
import { serving } from "./sources.ts";

export type Json = Readonly<Record<string, unknown>>;

export const READY = {
  status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
};
/** What the hostile object stands beside, and what it must leave alone: one node, one daemon, covered. */
export const NEIGHBOURS: readonly Json[] = [
  nodeJson("other"),
  daemonSetJson("fine"),
  daemonPodJson("fine", "other", READY),
];

/** A daemon pod that no scheduler has placed yet; which node it is for stands in its affinity. */
export const waiting = (set: string, node: string, spec: Json): Json => {
  const matchFields = [{ key: "metadata.name", operator: "In", values: [node] }];
  const required = { nodeSelectorTerms: [{ matchFields }] };
  return daemonPodJson(set, node, {
    spec: {
      ...spec,
      nodeName: undefined,
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } },
    },
    status: {
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }],
    },
  });
};

const HIGHEST = 64 * 1024 * 1024;
const prototype = Reflect.ownKeys(Object.prototype).length;

/**
 * What holds of every input: soon done, nothing kept, no prototype changed. Time is the processor's, and the best of three,
 * since other tests run beside.
 */
export async function harmless<T>(run: () => Promise<T> | T, milliseconds = 100): Promise<T> {
  const results: T[] = [];
  let least = Infinity;
  while (results.length === 0 || (least >= milliseconds && results.length < 3)) {
    const before = { cpu: process.cpuUsage(), heap: process.memoryUsage().heapUsed };
    results.push(await run());
    const { user, system } = process.cpuUsage(before.cpu);
    least = Math.min(least, (user + system) / 1000);
    expect(process.memoryUsage().heapUsed - before.heap).toBeLessThan(HIGHEST);
  }
  expect(least).toBeLessThan(milliseconds);
  expect(Reflect.ownKeys(Object.prototype)).toHaveLength(prototype);
  return results[0] as T;
}

/** The report, after it was shown in every format and nothing unseen was in any. */
export function reportOf({ out, err }: Outcome): AuditReport {
  const report = AuditReport.parse(JSON.parse(out));
  for (const format of OUTPUT_FORMATS) expect(render(report, format, OPTIONS)).not.toMatch(UNSEEN);
  expect(out + err).not.toMatch(UNSEEN);
  expect(report.nodes.map(({ name }) => name)).toContain("other");
  expect(verdicts(report, "kube-system/fine")).toContain("other: covered");
  return report;
}

const LATER = "2026-11-20T13:00:00Z";
const ARGV = ["audit", "-o", "json", "--placements", "--now", LATER];

/** As a saved dump. */
export async function saved(objects: readonly Json[]): Promise<AuditReport> {
  const stdin = JSON.stringify([...objects, ...NEIGHBOURS]);
  const milliseconds = stdin.length > 100_000 ? 1000 : 100;
  return reportOf(await harmless(() => dsaudit([...ARGV, "-f", "-"], { stdin }), milliseconds));
}

/** The same from an API server. */
const live = (objects: readonly Json[]): Promise<AuditReport> =>
  serving([...objects, ...NEIGHBOURS], async (path) =>
    reportOf(await dsaudit([...ARGV, "--kubeconfig", path])),
  );

/** What was told of the input: "code object field". An API server answers for several kinds at a time, so in no order. */
export const told = ({ problems }: AuditReport): readonly string[] =>
  problems.map(({ code, object, field }) => `${code} ${object} ${field}`).toSorted();

/** Of the hostile DaemonSet `x` on each node: "node: verdict". */
export const verdicts = ({ placements = [] }: AuditReport, set = "kube-system/x") =>
  placements
    .filter(({ daemonSet }) => daemonSet === set)
    .map(({ node, verdict }) => `${node}: ${verdict}`);

/** Both ways in must come to the same. */
export async function fedBothWays(objects: readonly Json[]): Promise<AuditReport> {
  const report = await saved(objects);
  const other = await live(objects);
  expect(told(other)).toEqual(told(report));
  expect(other.placements).toEqual(report.placements);
  return report;
}
