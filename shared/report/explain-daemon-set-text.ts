import { printable } from "#shared/cluster/printable.ts";
import {
  count,
  findingSection,
  section,
  since,
  titleLines,
  under,
  verdictTone,
} from "./explain-layout.ts";
import type { DaemonSetExplanation, NodeGroup, PoolRow } from "./explanation.ts";
import type { Show } from "./finding-lines.ts";
import { columns, plural, some } from "./text-layout.ts";

type Lines = readonly string[];

export const daemonSetText = (told: DaemonSetExplanation, show: Show): readonly Lines[] => [
  [...titleLines(`DaemonSet ${told.namespace}/${told.name}`, told, show), ...factLines(told, show)],
  section("WHERE", poolLines(told.pools, show), show),
  section(
    "NOT THERE, AND WHY",
    told.groups.flatMap((group) => groupLines(group, show)),
    show,
  ),
  section(
    `ROLLOUT   ${told.rollout.strategy}`.trimEnd(),
    told.rollout.says.flatMap((line) => under(line, show)),
    show,
  ),
  section(
    "HOW IT IS REACHED",
    told.reach.flatMap(({ says }) => under(says, show)),
    show,
  ),
  ...findingSection(told.findings, show, ({ subject }) => subject.kind !== "Node"),
];

function factLines(told: DaemonSetExplanation, show: Show): Lines {
  const { role, requests, priority, createdAt, rules, owner, inferred } = told;
  const facts = [
    `role ${role}`,
    `requests ${requests === "no requests" ? "nothing" : requests}`,
    `priority ${priority}`,
    ...(createdAt === null ? [] : [`${since(createdAt, show)} old`]),
  ];
  if (inferred) return under("Known from its pods only: where it should run cannot be told.", show);
  return [
    ...under(facts.join(" · "), show),
    ...rules.flatMap((rule) => under(rule, show)),
    ...(owner === null ? [] : under(`to change it, change ${owner.where} (${owner.name})`, show)),
  ];
}

const number = (head: string, cell: (row: PoolRow) => number) => ({
  head,
  cell: (row: PoolRow) => count(cell(row)),
  right: true,
});

const POOL_COLUMNS = [
  { head: "POOL", cell: ({ pool }: PoolRow) => printable(pool === "" ? "(no pool)" : pool) },
  number("NODES", ({ nodes }) => nodes),
  number("INTENDED", ({ intended }) => intended),
  number("COVERED", ({ covered }) => covered),
  number("GAPS", ({ gaps }) => gaps),
  number("STARTING", ({ starting }) => starting),
  number("UNKNOWN", ({ unknown }) => unknown),
  number("MISPLACED", ({ misplaced }) => misplaced),
];

function poolLines(pools: readonly PoolRow[], { paint, width }: Show): Lines {
  const { head, lines } = columns(pools, POOL_COLUMNS, width - 2);
  return [
    `  ${paint("faint", head)}`,
    ...lines.map((line, at) => {
      const row = pools[at];
      return row !== undefined && row.gaps > 0 ? paint("critical", `  ${line}`) : `  ${line}`;
    }),
  ];
}

const NODES_SHOWN = 6;

function groupLines(group: NodeGroup, show: Show): Lines {
  const { verdict, cause = "", reason, sameReason, nodes } = group;
  const head = [
    show.paint(verdictTone(verdict), verdict),
    ...(cause === "" ? [] : [printable(cause)]),
    plural(nodes.length, "node"),
  ].join("   ");
  const names = nodes.map((name) => printable(name));
  const first = sameReason ? reason : `${nodes[0] ?? ""}: ${reason}`;
  return [
    `  ${head}`,
    ...(first === "" ? [] : under(first, show, "    ")),
    ...under(some(names, show.wide ? names.length : NODES_SHOWN), show, "    ").map((line) =>
      show.paint("faint", line),
    ),
  ];
}
