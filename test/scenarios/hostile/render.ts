import { execFileSync } from "node:child_process";
import { expect } from "vitest";
import { shellWord } from "#shared/remediation/command.ts";
import { OUTPUT_FORMATS, render, type OutputFormat } from "#shared/report/render.ts";
import { dsaudit } from "../../fixtures/command.ts";
import { report, reportFinding } from "../../fixtures/report.ts";
import {
  cells,
  FOR_PEOPLE,
  FORMULA,
  OPTIONS,
  saying,
  shown,
  shownCsv,
  tags,
  UNSEEN,
} from "../../fixtures/saying.ts";
import { textOf, type Hostile } from "./corpus.ts";
import { harmless } from "./fed.ts";

/** Of every text, in every format: nothing unseen, and the document's structure is as with a plain word. */
function keepsStructure(text: string): void {
  for (const format of OUTPUT_FORMATS) {
    expect(shown(format, text)).not.toMatch(UNSEEN);
    expect(shown(format, text).isWellFormed()).toBe(true);
  }
  for (const format of ["html", "junit"] as const)
    expect(tags(shown(format, text))).toEqual(tags(shown(format, "plain")));
  for (const csv of shownCsv(text)) {
    const [head = [], ...rows] = cells(csv);
    for (const row of rows) expect(row).toHaveLength(head.length);
  }
  expect(() => void JSON.parse(shown("json", text))).not.toThrow();
}

/** The formats whose text has this in it. */
const having = (text: string, part: string): readonly OutputFormat[] =>
  OUTPUT_FORMATS.filter((format) => new RegExp(part, "u").test(shown(format, text)));

const formulas = (text: string): readonly string[] =>
  shownCsv(text)
    .flatMap((csv) => cells(csv).flat())
    .flatMap((cell) => cell.split(/[\r\n]/))
    .filter((line) => FORMULA.test(line));

/** Where the second line of the text stands as a line of its own: it would be taken for one of ours. */
async function ownLines(text: string): Promise<readonly string[]> {
  const second = text.split("\n")[1] ?? "";
  const said = saying(text, `kubectl get ${shellWord(text)}`);
  const { err } = await dsaudit(["audit", "-f", text]);
  const texts = OUTPUT_FORMATS.map((format) => [format, render(said, format, OPTIONS)] as const);
  const all = [["stderr", err], ...texts] as const;
  return all.flatMap(([where, one]) => (one.split(/\r?\n/).includes(second) ? [where] : []));
}

const asGiven = (text: string): string =>
  execFileSync("sh", ["-c", `printf %s ${shellWord(text)}`], { encoding: "utf8" });

const inMarkdown =
  (says: (text: string) => string) =>
  (text: string): boolean =>
    shown("markdown", text).includes(says(text));
const fenced = (text: string): string => `\`\`\`\`sh\n${text}\n\`\`\`\``;
const noMarkup = (text: string): string =>
  text.replace(/[[\]!]/g, "\\$&").replace("://", ":\\/\\/");

const inHtml = (text: string): boolean => shown("html", text).includes(text);
const ALL = OUTPUT_FORMATS;

type Case = readonly [
  id: string,
  look: (text: string) => unknown,
  result: (text: string) => unknown,
];

/** Text → what is seen of it; and what should be. */
const CASES: readonly Case[] = [
  ["R05", inMarkdown(fenced), () => true],
  ["R06", inHtml, () => false],
  ["R07", inHtml, () => false],
  ["R12", formulas, () => []],
  ["R13", formulas, () => []],
  ["R15", formulas, () => []],
  ["R16", formulas, () => []],
  ["R17", formulas, () => []],
  ["R18", formulas, () => []],
  ["R24", ownLines, () => []],
  ["R25", (text) => having(text, "u202egnp\\.exe"), () => ALL],
  ["R26", (text) => having(text, "u200b.*u2060b"), () => ALL],
  ["R27", (text) => [having(text, "\ufffd"), having(text, "ud800")], () => [ALL, []]],
  ["R31", inMarkdown(noMarkup), () => true],
  ["R32", inMarkdown(noMarkup), () => true],
  ["R35", asGiven, (text) => text],
  ["R36", ownLines, () => []],
  // JSON and YAML give back what they were given; of a data format nobody is misled.
  [
    "R39",
    (text) => having(text, "\\p{M}{4}"),
    () => ALL.filter((one) => !FOR_PEOPLE.includes(one)),
  ],
];

/** Names without end are three and a count. */
function names({ gen }: Hostile): void {
  const count = gen?.count ?? 0;
  const nodes = Array.from({ length: count }, (_, at) => `node-${at}`);
  const table = render(report({ findings: [reportFinding({ nodes })] }), "table", OPTIONS);
  expect(table).toContain(`node-0, node-1, node-2 and ${count - 3} more`);
  expect(table.split("\n").length).toBeLessThan(50);
}

type Check = (hostile: Hostile) => void | Promise<void>;

export const RENDER: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["R41", names],
  ...CASES.map(([id, look, result]) => {
    const check = async (hostile: Hostile): Promise<void> => {
      const text = textOf(hostile);
      await harmless(() => keepsStructure(text));
      expect(await look(text)).toEqual(result(text));
    };
    return [id, check] as const;
  }),
]);
