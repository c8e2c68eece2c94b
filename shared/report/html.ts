import { headline, missingText } from "./headline.ts";
import { STYLE } from "./html-style.ts";
import { legend, markOf } from "./node-map.ts";
import { proofsOf } from "./proofs.ts";
import { subjectText, type AuditReport, type ReportFinding, type ReportRemedy } from "./report.ts";
import { age, plural } from "./text-layout.ts";
import { escapeMarkup as e } from "./xml.ts";

/** One page that needs nothing else, with everything in it: every finding, node and problem. No script. */
export function renderHtml(report: AuditReport): string {
  const title = `DaemonSet coverage of ${report.cluster.name}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${e(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${e(title)}</h1>
${lead(report)}
${section("Findings", report.findings.map((finding) => findingPart(finding, report.at)).join("\n"))}
${section("DaemonSets", daemonSetTable(report))}
${section("Nodes by pool", mapPart(report))}
${section("Nodes that lack a daemon", gapTable(report))}
${section("Not read", notSeenList(report))}
${section("Oddities of the input", problemTable(report))}
${section("Placements", placementTable(report))}
</body>
</html>
`;
}

/** A section without content is left out, heading and all. */
const section = (title: string, body: string): string =>
  body === "" ? "" : `<section>\n<h2>${title}</h2>\n${body}\n</section>`;

function lead(report: AuditReport): string {
  const { cluster, at, summary } = report;
  const { critical, warning, info } = summary.findings;
  const lines = [...headline(report), ...missingText(report)];
  return `${lines.map((line) => `<p>${e(line)}</p>`).join("\n")}
<p class="faint">Kubernetes ${e(cluster.version ?? "version unknown")}, judged at <time>${e(at)}</time>.
${critical} critical, ${plural(warning, "warning")}, ${info} info.</p>`;
}

function findingPart(finding: ReportFinding, at: string): string {
  const { severity, cause, since, ignored, nodes } = finding;
  const facts = [
    subjectText(finding),
    ...(nodes.length > 0 ? [plural(nodes.length, "node")] : []),
    ...(since === null ? [] : [`for ${age(since, at)}`]),
    ...(ignored === undefined ? [] : [`ignored: ${ignored.reason}`]),
  ];
  const proofs = proofsOf(finding)
    .map((proof) => `<li>${e(proof)}</li>`)
    .join("");
  return `<article id="${e(finding.id)}">
<h3><span class="${severity}">${severity}</span> <code>${e(cause)}</code> ${e(facts.join(" · "))}</h3>
<p>${e(finding.summary)}</p>
${proofs === "" ? "" : `<ul>${proofs}</ul>`}
${finding.remedies.map(remedyPart).join("\n")}
${nodes.length === 0 ? "" : `<p class="faint">Nodes: ${e(nodes.join(" "))}</p>`}
</article>`;
}

function remedyPart({ summary, command, price, limit }: ReportRemedy): string {
  const said = [summary, price, limit].filter((part) => part !== undefined);
  const lines = command === undefined ? [] : command.split("\n").map(e);
  return `<p>Fix: ${e(said.join("; "))}</p>${lines.length === 0 ? "" : `<pre>${lines.join("\n")}</pre>`}`;
}

type Cell = string | number;

function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
): string {
  if (rows.length === 0) return "";
  const body = rows.map(
    (cells) =>
      `<tr>${cells.map((cell) => (typeof cell === "number" ? `<td class="n">${cell}</td>` : `<td>${e(cell)}</td>`)).join("")}</tr>`,
  );
  const heads = head.map((text, at) =>
    typeof rows[0]?.[at] === "number"
      ? `<th scope="col" class="n">${text}</th>`
      : `<th scope="col">${text}</th>`,
  );
  return `<table>
<caption>${e(caption)}</caption>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>
${body.join("\n")}
</tbody>
</table>`;
}

const daemonSetTable = ({ daemonSets }: AuditReport): string =>
  table(
    "Of the nodes a DaemonSet intends, how many have a healthy pod of it",
    [
      "DaemonSet",
      "Intended",
      "Covered",
      "Gaps",
      "Starting",
      "Unknown",
      "Misplaced",
      "Outdated",
      "Excluded",
      "Update",
    ],
    daemonSets.map((set) => [
      `${set.namespace}/${set.name}`,
      set.intended,
      set.covered,
      set.gaps,
      set.starting,
      set.unknown,
      set.misplaced,
      set.outdated,
      set.excluded,
      set.updateStrategy,
    ]),
  );

function mapPart({ nodes }: AuditReport): string {
  const pools = [...Map.groupBy(nodes, ({ pool }) => pool)];
  if (pools.length === 0) return "";
  const rows = pools.map(([pool, members]) => {
    const marks = members.map(markOf);
    const lacking = members.filter(({ gaps }) => gaps > 0).length;
    const said = `${plural(members.length, "node")}, ${lacking} of them ${lacking === 1 ? "lacks" : "lack"} a daemon`;
    return `<tr><th scope="row">${e(pool === "" ? "(no pool)" : pool)}</th><td>${said}</td><td><code class="map">${e(marks.map(({ symbol }) => symbol).join(""))}</code></td></tr>`;
  });
  return `<table>\n<caption>One symbol a node: ${e(legend(nodes))}</caption>\n<tbody>\n${rows.join("\n")}\n</tbody>\n</table>`;
}

const gapTable = ({ nodes }: AuditReport): string =>
  table(
    "Counts are DaemonSets",
    ["Node", "Pool", "Phase", "Missing", "Unknown", "Starting", "Intended"],
    nodes
      .filter(({ gaps, unknown }) => gaps + unknown > 0)
      .map((node) => [
        node.name,
        node.pool,
        node.phase,
        node.gaps,
        node.unknown,
        node.starting,
        node.intended,
      ]),
  );

const notSeenList = ({ notSeenBecause }: AuditReport): string =>
  table(
    "What needs these is answered with unknown, never with covered",
    ["Kind", "Why", "Detail"],
    notSeenBecause.map(({ kind, why, detail }) => [kind, why, detail]),
  );

const problemTable = ({ problems }: AuditReport): string =>
  table(
    "What could not be taken as it stood; an object whose name is none is left out, of others the rest was read",
    ["Object", "Field", "Value", "Fix"],
    problems.map(({ object, field, value, fix }) => [object, field, value, fix]),
  );

const placementTable = ({ placements = [] }: AuditReport): string =>
  table(
    "Every DaemonSet on every node",
    ["DaemonSet", "Node", "Verdict", "Cause", "Reason"],
    placements.map(({ daemonSet, node, verdict, cause = "", reason }) => [
      daemonSet,
      node,
      verdict,
      cause,
      reason,
    ]),
  );
