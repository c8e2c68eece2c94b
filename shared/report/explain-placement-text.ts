import { printable } from "#shared/cluster/printable.ts";
import {
  checkLines,
  section,
  shown,
  since,
  titleLines,
  under,
  verdictTone,
} from "./explain-layout.ts";
import type { DaemonPod, PlacementExplanation, Reckoning } from "./explanation.ts";
import { remedyLines, type Show } from "./finding-lines.ts";
import { subjectText } from "./report.ts";
import { columns, plural, some } from "./text-layout.ts";

type Lines = readonly string[];

export function placementText(told: PlacementExplanation, show: Show): readonly Lines[] {
  const { paint } = show;
  return [
    titleLines(`${told.daemonSet} on ${told.node}`, told, show),
    verdictLines(told, show),
    section(`WANTED THERE?   ${wantedText(told)}`, checkLines(told.wanted, show), show),
    fitLines(told, show),
    section("ITS POD", podLines(told.pods, show), show),
    section("WHAT WAS SAID ABOUT IT", eventLines(told, show), show),
    told.remedies.length === 0
      ? []
      : [
          paint("strong", "WHAT TO DO"),
          ...remedyLines(told.remedies, { ...show, fixes: true, indent: "  " }),
        ],
    ofFindings(told, show),
  ];
}

function verdictLines(told: PlacementExplanation, show: Show): Lines {
  const { verdict, cause = "", reason } = told;
  const old = since(told.since, show);
  const head = [
    show.paint(verdictTone(verdict), verdict.toUpperCase()),
    ...(cause === "" ? [] : [show.paint("strong", printable(cause))]),
    ...(old === "" ? [] : [`for ${old}`]),
  ].join("   ");
  const said = reason === "" && verdict === "covered" ? "a healthy pod is there" : reason;
  return [head, ...(said === "" ? [] : under(said, show))];
}

/** Eligible is what the controller does now, intended what it would do once passing taints are gone. */
function wantedText({ eligible, intended, shouldContinue }: PlacementExplanation): string {
  if (intended === null) return "cannot be told";
  if (eligible === intended)
    return intended
      ? "yes"
      : shouldContinue === true
        ? "no, but a pod that is there may stay"
        : "no";
  return intended
    ? "yes, once passing taints are gone; not now"
    : "no, though the controller makes one";
}

function fitLines(told: PlacementExplanation, show: Show): Lines {
  const { arithmetic, hostPorts, wouldFit } = told;
  if (arithmetic.length === 0) return [];
  const fits =
    arithmetic.every(({ missing }) => missing === "0") &&
    hostPorts.every(({ holds }) => holds !== false);
  const { head, lines } = columns(arithmetic, COLUMNS, show.width - 2);
  return [
    show.paint("strong", `WOULD IT FIT?   ${fits ? "yes" : "no"}`),
    `  ${show.paint("faint", head)}`,
    ...lines.map((line, at) =>
      arithmetic[at]?.missing === "0" ? `  ${line}` : `  ${show.paint("critical", line)}`,
    ),
    ...checkLines(hostPorts, show),
    ...holderLines(told, show),
    ...(wouldFit.length === 0 ? [] : under(`It would fit if ${wouldFit.join(", or if ")}.`, show)),
  ];
}

const COLUMNS = [
  { head: "RESOURCE", cell: ({ resource }: Reckoning) => printable(resource) },
  ...(["requested", "free", "used", "allocatable"] as const).map((field) => ({
    head: field.toUpperCase(),
    cell: (row: Reckoning) => shown(row.resource, row[field]),
    right: true,
  })),
  {
    head: "MISSING",
    cell: ({ resource, missing }: Reckoning) => (missing === "0" ? "-" : shown(resource, missing)),
    right: true,
  },
];

function holderLines({ holders }: PlacementExplanation, show: Show): Lines {
  const [first] = holders;
  if (first === undefined) return [];
  const { lines } = columns(holders, [
    { head: "", cell: ({ resource, amount }) => shown(resource, amount), right: true },
    { head: "", cell: ({ pod }) => printable(pod) },
    { head: "", cell: ({ priority }) => `priority ${priority}` },
  ]);
  return [
    ...under(`Most ${first.resource} there is held by:`, show),
    ...lines.map((line) => `    ${line}`),
  ];
}

const podLines = (pods: readonly DaemonPod[], show: Show): Lines =>
  pods.flatMap((pod) => {
    const facts = [
      printable(pod.name),
      printable(pod.phase),
      ...(pod.createdAt === null ? [] : [`${since(pod.createdAt, show)} old`]),
      ...(pod.restarts > 0 ? [plural(pod.restarts, "restart")] : []),
      ...(pod.updated === false ? ["of an older revision"] : []),
    ];
    return [`  ${facts.join("   ")}`, ...under(pod.says, show, "    ")];
  });

/** The scheduler writes one message into the pod and into the event. */
const eventLines = ({ events, pods }: PlacementExplanation, show: Show): Lines =>
  events.flatMap(({ reason, message, count, lastAt }) => {
    const often = count > 1 ? `, ${count} times` : "";
    const ago = lastAt === null ? "" : `, ${since(lastAt, show)} ago`;
    const again = message !== "" && pods.some(({ says }) => says.includes(message));
    return under(`${reason}${ago}${often}: ${again ? "the same as its pod says" : message}`, show);
  });

/** Where the whole story is told: this node may be one of many. */
function ofFindings({ findings }: PlacementExplanation, show: Show): Lines {
  return findings.flatMap((finding) => {
    const { severity, cause, nodes, ignored, subject } = finding;
    const state = ignored === undefined ? severity : "ignored";
    const isOfNode = subject.kind === "Node" || nodes.length === 0;
    const where = isOfNode ? "" : `, on ${plural(nodes.length, "node")}: ${some(nodes, 3)}`;
    return under(
      `Part of ${state} finding ${cause}, ${subjectText(finding)}${where}.`,
      show,
      "",
    ).map((line) => show.paint("faint", line));
  });
}
