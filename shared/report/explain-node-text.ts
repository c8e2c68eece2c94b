import { printable } from "#shared/cluster/printable.ts";
import {
  findingSection,
  section,
  shown,
  since,
  titleLines,
  under,
  verdictTone,
} from "./explain-layout.ts";
import type { NodeDaemon, NodeExplanation } from "./explanation.ts";
import type { Show } from "./finding-lines.ts";
import type { ReportFinding } from "./report.ts";
import { columns, displayWidth, plural } from "./text-layout.ts";

type Lines = readonly string[];

export const nodeText = (told: NodeExplanation, show: Show): readonly Lines[] => [
  titleLines(`Node ${told.node}`, told, show),
  stateLines(told, show),
  section("DAEMONS", daemonLines(told.daemons, show), show),
  section(`ROOM   ${told.pods.count} of ${plural(told.pods.limit, "pod")}`, roomLines(told), show),
  ...findingSection(told.findings, show, isOfOne),
  hintLines(told, show),
];

/** What to do about a trouble of many nodes is said for all of them; for this one there is a question of its own. */
const isOfOne = ({ nodes }: ReportFinding): boolean => nodes.length <= 1;

function hintLines({ daemons, node }: NodeExplanation, show: Show): Lines {
  const [missing] = daemons.filter(({ verdict }) => verdict === "gap");
  return missing === undefined
    ? []
    : under(
        `explain ds/${missing.daemonSet} node/${node}: the arithmetic, what to do there, what it costs`,
        show,
        "",
      ).map((line) => show.paint("faint", line));
}

function stateLines(told: NodeExplanation, show: Show): Lines {
  const { phase, pool, compute, os, arch, kubelet, createdAt } = told;
  const tone = phase.name === "steady" ? "good" : phase.name === "booting" ? "info" : "warning";
  const old = since(phase.since, show);
  const state = [
    show.paint(tone, phase.name),
    ...(old === "" || phase.name === "steady" ? [] : [`for ${old}`]),
    ...(phase.because === "" ? [] : [printable(phase.because)]),
  ].join("   ");
  const facts = [
    `pool ${pool === "" ? "(none)" : pool}`,
    ...(compute === "standard" ? [] : [compute]),
    `${os}/${arch}`,
    kubelet,
    ...(createdAt === null ? [] : [`${since(createdAt, show)} old`]),
  ].filter((word) => word !== "" && word !== "/");
  return [
    state,
    ...under(facts.join(" · "), show),
    ...(told.outsideCoverage
      ? under("Daemons cannot run there: it is outside coverage.", show)
      : []),
    ...conditionLines(told, show),
    ...told.taints.flatMap(({ taint, passing }) =>
      under(
        `taint ${taint}${passing === null ? "" : ` (${PASSING.get(passing) ?? passing})`}`,
        show,
      ),
    ),
  ];
}

/** A silent kubelet makes all of them Unknown at once: said once. */
function conditionLines({ conditions }: NodeExplanation, show: Show): Lines {
  const alike = Map.groupBy(conditions, ({ status, reason, message, since: at }) =>
    JSON.stringify([status, reason, message, at]),
  );
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { status, reason, message, since: at } = first;
    const types = same.map(({ type }) => type).toSorted(readyFirst);
    const ago = at === null ? "" : ` for ${since(at, show)}`;
    const why = [reason, message].filter((word) => word !== "").join(": ");
    return under(`${types.join(", ")}: ${status}${ago}${why === "" ? "" : `; ${why}`}`, show);
  });
}

const readyFirst = (a: string, b: string): number =>
  Number(b === "Ready") - Number(a === "Ready") || (a < b ? -1 : 1);

const PASSING: ReadonlyMap<string, string> = new Map([
  ["startup", "passes when the node is set up"],
  ["leaving", "the node goes"],
  ["lifecycle", "kept by Kubernetes"],
  ["own", "ours"],
]);

/** Indent, the longest verdict, and what is between the columns. */
const WITHOUT_NAME = 2 + "misplaced".length + 6;

const whyText = ({ cause, reason }: NodeDaemon): string =>
  [cause ?? "", reason].filter((text) => text !== "").join(": ");

function daemonLines(daemons: readonly NodeDaemon[], show: Show): Lines {
  const told = show.wide ? daemons : daemons.filter(({ verdict }) => verdict !== "excluded");
  const left = daemons.length - told.length;
  const longest = Math.max(9, ...told.map(({ daemonSet }) => displayWidth(printable(daemonSet))));
  const room = Math.max(30, show.width - longest - WITHOUT_NAME);
  const { head, lines } = columns(told, [
    { head: "VERDICT", cell: ({ verdict }) => verdict },
    { head: "DAEMONSET", cell: ({ daemonSet }) => printable(daemonSet) },
    { head: "WHY", cell: (row) => printable(whyText(row), room) },
  ]);
  return [
    ...(told.length === 0 ? [] : [`  ${show.paint("faint", head)}`]),
    ...lines.map((line, at) => {
      const row = told[at];
      const text = `  ${line.trimEnd()}`;
      return row === undefined ? text : show.paint(verdictTone(row.verdict), text);
    }),
    ...(left > 0
      ? [
          `  ${show.paint("faint", `${told.length === 0 ? "" : "and "}${left} not meant for this node (-o wide)`)}`,
        ]
      : []),
  ];
}

function roomLines({ arithmetic }: NodeExplanation): Lines {
  const { head, lines } = columns(arithmetic, [
    { head: "RESOURCE", cell: ({ resource }) => printable(resource) },
    ...(["free", "used", "allocatable"] as const).map((field) => ({
      head: field.toUpperCase(),
      cell: (row: NodeExplanation["arithmetic"][number]) => shown(row.resource, row[field]),
      right: true,
    })),
  ]);
  return [`  ${head}`, ...lines.map((line) => `  ${line}`)];
}
