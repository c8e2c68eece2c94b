import { printable } from "#shared/cluster/printable.ts";
import type { AuditReport, ReportFinding, ReportPlacement } from "./report.ts";

type Cell = string | number | boolean | null;
type Columns<Row> = readonly (readonly [head: string, cell: (row: Row) => Cell])[];

const FINDING: Columns<ReportFinding> = [
  ["severity", ({ severity }) => severity],
  ["cause", ({ cause }) => cause],
  ["kind", ({ subject }) => subject.kind],
  ["namespace", ({ subject }) => subject.namespace ?? ""],
  ["name", ({ subject }) => subject.name],
  ["since", ({ since }) => since],
  ["nodeCount", ({ nodes }) => nodes.length],
  ["summary", ({ summary }) => summary],
  ["remedy", ({ remedies }) => remedies[0]?.summary ?? ""],
  ["price", ({ remedies }) => remedies[0]?.price ?? ""],
  ["command", ({ remedies }) => remedies[0]?.command ?? ""],
  ["nodes", ({ nodes }) => nodes.join(" ")],
  ["daemonSets", ({ daemonSets }) => daemonSets.join(" ")],
  ["ignored", ({ ignored }) => ignored?.reason ?? ""],
  ["id", ({ id }) => id],
];

const PLACEMENT: Columns<ReportPlacement> = [
  ["daemonSet", ({ daemonSet }) => daemonSet],
  ["node", ({ node }) => node],
  ["eligible", ({ eligible }) => eligible],
  ["shouldContinue", ({ shouldContinue }) => shouldContinue],
  ["intended", ({ intended }) => intended],
  ["verdict", ({ verdict }) => verdict],
  ["cause", ({ cause }) => cause ?? ""],
  ["pod", ({ pod }) => pod ?? ""],
  ["reason", ({ reason }) => reason],
];

/** RFC 4180. A file is one table: a row a placement when the report has them, else a row a finding. */
export const renderCsv = (report: AuditReport): string =>
  report.placements ? table(report.placements, PLACEMENT) : table(report.findings, FINDING);

const table = <Row>(rows: readonly Row[], layout: Columns<Row>): string =>
  [
    layout.map(([head]) => head).join(","),
    ...rows.map((row) => layout.map(([, cell]) => show(cell(row))).join(",")),
    "",
  ].join("\r\n");

/** null, "cannot be told", is an empty cell. Text is always quoted, whatever separator the reader's country uses. */
const show = (cell: Cell): string =>
  typeof cell === "string"
    ? `"${disarm(printable(cell)).replaceAll('"', '""')}"`
    : String(cell ?? "");

/** A cell that starts so, blanks aside, is run as a formula by Excel, LibreOffice and Google Sheets. */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/u;

const disarm = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);
