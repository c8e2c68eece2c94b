import { stripVTControlCharacters } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { OUTPUT_FORMATS, render } from "#shared/report/render.ts";
import { report, reportFinding } from "../../fixtures/report.ts";
import {
  cells,
  FORMULA,
  OPTIONS,
  saying,
  shown,
  shownCsv,
  tags,
  UNSEEN,
} from "../../fixtures/saying.ts";

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

test.each(INPUTS)("JSON gives back %s unchanged, half a surrogate pair apart", (_what, input) => {
  expect(JSON.parse(shown("json", input))).toEqual(saying(input.toWellFormed()));
});

test.each([
  ["half a pair", "a\ud800b", "a\ufffdb"],
  ["the other half", "\udfff", "\ufffd"],
  ["a whole pair", "\u{1f600}", "\u{1f600}"],
  ["its escape, spelled out", "\\ud800", "\\ud800"],
  ["a backslash, then half a pair", "\\\ud800", "\\\ufffd"],
  ["a backslash at the end", "ud800\\", "ud800\\"],
] as const)("JSON and SARIF are text that every reader takes: %s", (_what, input, expected) => {
  expect(JSON.parse(shown("json", input))).toEqual(saying(expected));
  expect(shown("sarif", input)).not.toMatch(/(?<!\\)\\ud[89a-f]/);
});

test("the page takes nothing from elsewhere and runs no script", () => {
  const page = shown("html", "<script src=https://evil/x.js>");
  expect(page).toContain("default-src 'none'");
  const markup = (page.match(/<[^>]*>/g) ?? []).join("");
  expect(markup).not.toMatch(/<script|<img|<link|<iframe| href=| src=| on\w+=/i);
});

test.each(INPUTS)("no cell of the CSV is run as a formula, and none spills: %s", (_what, input) => {
  for (const csv of shownCsv(input)) {
    const [head = [], ...rows] = cells(csv);
    for (const row of rows) {
      expect(row).toHaveLength(head.length);
      for (const cell of row) expect(cell).not.toMatch(FORMULA);
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
