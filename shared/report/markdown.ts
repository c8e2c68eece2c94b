import { printable } from "#shared/cluster/printable.ts";
import { headline, missingText } from "./headline.ts";
import { proofsOf } from "./proofs.ts";
import type { AuditReport, ReportFinding, ReportRemedy } from "./report.ts";
import { subjectText } from "./report.ts";
import { age, plural } from "./text-layout.ts";

/** GitHub's dialect, as for a comment on a pull request. Every finding and node; no HTML, no link, no image. */
export function renderMarkdown(report: AuditReport): string {
  const { cluster, at } = report;
  const version = cluster.version === null ? "" : `, Kubernetes ${cluster.version}`;
  const parts = [
    `# DaemonSet coverage of ${text(cluster.name)}${text(version)}`,
    `${[...headline(report), ...missingText(report)].map(text).join("  \n")}  \nJudged at ${at}.`,
    daemonSetTable(report),
    ...report.findings.map((finding) => findingPart(finding, at)),
    ...(report.placements ? [placementTable(report)] : []),
  ];
  return `${parts.join("\n\n")}\n`;
}

function daemonSetTable({ daemonSets }: AuditReport): string {
  const head = ["DaemonSet", "Intended", "Covered", "Gaps", "Starting", "Unknown", "Outdated"];
  const rows = daemonSets.map((set) => [
    cell(`${set.namespace}/${set.name}`),
    ...[set.intended, set.covered, set.gaps, set.starting, set.unknown, set.outdated].map(String),
  ]);
  return table(head, rows);
}

const placementTable = ({ placements = [] }: AuditReport): string =>
  table(
    ["DaemonSet", "Node", "Verdict", "Cause", "Reason"],
    placements.map(({ daemonSet, node, verdict, cause = "", reason }) => [
      cell(daemonSet),
      cell(node),
      verdict,
      cause === "" ? "" : cell(cause),
      text(reason),
    ]),
  );

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** A pipe ends a cell even inside code. */
const cell = (name: string): string => code(name).replaceAll("|", "\\|");

function findingPart(finding: ReportFinding, at: string): string {
  const { severity, cause, since, ignored, nodes } = finding;
  const facts = [
    text(subjectText(finding)),
    ...(nodes.length > 0 ? [plural(nodes.length, "node")] : []),
    ...(since === null ? [] : [`for ${age(since, at)}`]),
    ...(ignored === undefined ? [] : [`ignored: ${text(ignored.reason)}`]),
  ];
  return [
    `## ${severity}: ${code(cause)}`,
    `**${facts.join(" · ")}**`,
    text(finding.summary),
    ...listOf(proofsOf(finding).map((proof) => `Proof: ${text(proof)}`)),
    ...finding.remedies.map(remedyPart),
    ...(nodes.length > 0 ? [`Nodes: ${nodes.map(code).join(" ")}`] : []),
  ].join("\n\n");
}

const listOf = (items: readonly string[]): readonly string[] =>
  items.length === 0 ? [] : [items.map((item) => `- ${item}`).join("\n")];

function remedyPart({ summary, command, price, limit }: ReportRemedy): string {
  const said = [summary, price, limit].filter((part) => part !== undefined).map(text);
  return [`Fix: ${said.join("; ")}`, ...(command === undefined ? [] : [fence(command)])].join(
    "\n\n",
  );
}

/** Longer than any run of backticks inside, so that the content cannot close it. */
function fence(command: string): string {
  const lines = command.split("\n").map((line) => printable(line));
  const bar = backticks(lines.join("\n"), 3);
  return `${bar}sh\n${lines.join("\n")}\n${bar}`;
}

/** A name as code: nothing in it is a link, a mention or markup. */
function code(name: string): string {
  const clean = printable(name);
  const bar = backticks(clean, 1);
  const pad = clean === "" || /^[` ]|[` ]$/.test(clean) ? " " : "";
  return `${bar}${pad}${clean}${pad}${bar}`;
}

function backticks(content: string, least: number): string {
  const runs = content.match(/`+/g) ?? [];
  return "`".repeat(Math.max(least, ...runs.map((run) => run.length + 1)));
}

/** Prose as prose: markup, HTML and what GitHub makes links of on its own are escaped. */
const text = (prose: string): string =>
  printable(prose)
    .replace(/[\\`*_{}[\]<>&|~#!$@]/g, "\\$&")
    .replaceAll("://", ":\\/\\/")
    .replace(/\bwww\./gi, "www\\.");
