import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { OUTPUT_FORMATS, render, type OutputFormat } from "#shared/report/render.ts";
import type { AuditReport } from "#shared/report/report.ts";
import { report, reportDaemonSet, reportFinding, reportNode } from "../../fixtures/report.ts";

const OPTIONS = {
  color: false,
  width: 100,
  failOn: "critical",
  version: "1.2.3",
  titleOf: (cause: string) => cause,
} as const;

/** A report in which every string that a cluster or a file can choose is `text`. */
const saying = (text: string): AuditReport =>
  report({
    cluster: { name: text, version: text },
    complete: false,
    notSeen: ["Event"],
    notSeenBecause: [{ kind: "Event", why: "forbidden", detail: text }],
    problems: [{ code: "quantity.syntax", object: text, field: text, value: text, fix: text }],
    daemonSets: [reportDaemonSet(text, { namespace: text, updateStrategy: text, gaps: 1 })],
    nodes: [reportNode(text, { pool: text, gaps: 1 })],
    findings: [
      reportFinding({
        cause: "not-ready",
        subject: { kind: "DaemonSet", namespace: text, name: text },
        daemonSets: [text],
        nodes: [text],
        summary: text,
        evidence: [{ sentence: `proof ${text}`, node: text, facts: { message: text } }],
        remedies: [{ action: "look", summary: text, command: text, price: text, limit: text }],
      }),
      reportFinding({ severity: "info", summary: text, ignored: { reason: text, until: null } }),
    ],
    placements: [
      {
        daemonSet: text,
        node: text,
        eligible: true,
        shouldContinue: null,
        intended: false,
        verdict: "gap",
        pod: text,
        reason: text,
      },
    ],
  });

const shown = (format: OutputFormat, text: string): string => render(saying(text), format, OPTIONS);

/** Line ends are ours; nothing else that is unseen may be. */
const UNSEEN = /(?![\r\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const INPUTS = [
  ["a code fence", "```\nbreak out"],
  ["a script", "<script>alert(1)</script>"],
  ["an end of an attribute", '" onmouseover="alert(1)'],
  ["an end of a comment and of CDATA", "--> ]]> </testsuite>"],
  ["formulas", "=HYPERLINK(1)"],
  ["a plus", "+1+1"],
  ["a minus", "-2+3"],
  ["an at sign", "@SUM(1)"],
  ["a formula after a tab", "\t=1+1"],
  ["a formula after a carriage return", "\r=1+1"],
  ["a formula after a no-break space", "\u00a0=1+1"],
  ["a formula on a second line", "ok\n=1+1"],
  ["a full-width formula", "\uff1d1+1"],
  ["a header line", "x\r\nBcc: victim@example.com"],
  ["an encoded word", "=?utf-8?B?PHNjcmlwdD4=?="],
  ["a false log line", "line1\nERROR fake log line"],
  ["a bidi override", "\u202egnp.exe"],
  ["zero-width characters", "a\u200b\u2060b"],
  ["half a surrogate pair", "\ud800"],
  ["a terminal's title", "\u001b]0;owned\u0007"],
  ["clearing the screen", "\u001b[2J\u009b2J"],
  ["a remote image", "![x](https://evil/p.png)"],
  ["a link", "[click](javascript:alert(1))"],
  ["bare addresses", "see https://evil.example and www.evil.example"],
  ["a mention", "<!channel> @everyone <@U1>"],
  ["a table's cell end", "a | b"],
  ["a command", "a' ; kubectl delete ns x #"],
  ["two JSON lines", '{"a":1}\n{"b":2}'],
  ["many marks", `Z${"\u0351\u036b\u0343\u036a\u0302".repeat(40)}`],
  ["what XML cannot hold", "a\u0000\uffff\ufffe"],
  ["YAML's words", "no"],
  ["a YAML tag", "!!js/function x"],
  ["nothing", ""],
] as const;

for (const format of OUTPUT_FORMATS) {
  test.each(INPUTS)(`${format} shows %s on its own line ends only`, (_what, input) => {
    expect(shown(format, input)).not.toMatch(UNSEEN);
    expect(shown(format, input).isWellFormed()).toBe(true);
  });
}

/** Everything of a document that is not text between quotes or tags. */
const tags = (markup: string): readonly string[] =>
  (markup.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'));

test.each(
  (["html", "junit"] as const).flatMap((format) =>
    INPUTS.filter(([, input]) => input !== "").map(
      ([what, input]) => [format, what, input] as const,
    ),
  ),
)("%s keeps its structure whatever stands in it: %s", (format, _what, input) => {
  expect(tags(shown(format, input))).toEqual(tags(shown(format, "plain")));
});

test("HTML and XML structure holds for any text", () => {
  const expected = { html: tags(shown("html", "p")), junit: tags(shown("junit", "p")) };
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
      expect(tags(shown("html", text))).toEqual(expected.html);
      expect(tags(shown("junit", text))).toEqual(expected.junit);
    }),
    { numRuns: 50 },
  );
});

test.each(INPUTS)("JSON gives back %s unchanged", (_what, input) => {
  expect(JSON.parse(shown("json", input))).toEqual(saying(input));
});

test("the page takes nothing from elsewhere and runs no script", () => {
  const page = shown("html", "<script src=https://evil/x.js>");
  expect(page).toContain("default-src 'none'");
  const markup = (page.match(/<[^>]*>/g) ?? []).join("");
  expect(markup).not.toMatch(/<script|<img|<link|<iframe| href=| src=| on\w+=/i);
});

/** RFC 4180, for reading back what we wrote. */
function cells(csv: string): readonly (readonly string[])[] {
  const rows = csv.split("\r\n").filter((line) => line !== "");
  return rows.map((row) =>
    [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
      ([, quoted, bare = ""]) => quoted?.replaceAll('""', '"') ?? bare,
    ),
  );
}

test.each(INPUTS)("no cell of the CSV is run as a formula, and none spills: %s", (_what, input) => {
  const { placements: _without, ...rest } = saying(input);
  for (const csv of [shown("csv", input), render(rest, "csv", OPTIONS)]) {
    const [head = [], ...rows] = cells(csv);
    for (const row of rows) {
      expect(row).toHaveLength(head.length);
      for (const cell of row) expect(cell).not.toMatch(/^[\s\p{Zs}]*[=+\-@\uff1d]/u);
    }
  }
});

test.each([
  ["a fence is longer than any inside it", "```\nbreak out", "````sh\n```\nbreak out\n````"],
  ["a remote image is text", "![x](https://evil/p.png)", "\\!\\[x\\](https:\\/\\/evil/p.png)"],
  ["a link is text", "[click](javascript:alert(1))", "\\[click\\](javascript:alert(1))"],
  ["a bare address is text", "https://evil.example", "https:\\/\\/evil.example"],
  ["HTML is text", "<script>", "\\<script\\>"],
  ["a name with a pipe keeps its cell", "a|b", "`a\\|b/a\\|b`"],
] as const)("Markdown: %s", (_rule, input, expected) => {
  expect(shown("markdown", input)).toContain(expected);
});

test("a terminal shows an escape sequence instead of obeying it", () => {
  expect(shown("table", "\u001b[31mred")).toContain("\\x1b[31mred");
});

test("colour is the only escape sequence of ours, and only when asked for", () => {
  const painted = render(saying("\u001b[2J"), "table", { ...OPTIONS, color: true });
  expect(stripVTControlCharacters(painted)).toBe(shown("table", "\u001b[2J"));
});

test("five thousand nodes are three and a count on a terminal, and all of them in wide", () => {
  const nodes = Array.from({ length: 5000 }, (_, at) => `node-${at}`);
  const many = report({ findings: [reportFinding({ nodes })] });
  const table = render(many, "table", OPTIONS);
  expect(table).toContain("node-0, node-1, node-2 and 4997 more");
  expect(table.split("\n").length).toBeLessThan(50);
  expect(render(many, "wide", OPTIONS)).toContain("node-4999");
});

const data = process.env["DSAUDIT_DATA"];
test.skipIf(!data)("every open hostile input of area render is harmless (DSAUDIT_DATA)", () => {
  const { inputs } = JSON.parse(readFileSync(`${data}/hostile-inputs.json`, "utf8")) as {
    inputs: readonly { area: string; input?: string }[];
  };
  const texts = inputs.flatMap(({ area, input }) =>
    area === "render" && typeof input === "string" ? [input] : [],
  );
  expect(texts.length).toBeGreaterThan(10);
  for (const format of OUTPUT_FORMATS) {
    for (const text of texts) expect(shown(format, text)).not.toMatch(UNSEEN);
  }
});
