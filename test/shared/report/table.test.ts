import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { markOf, nodeMap } from "#shared/report/node-map.ts";
import { painter } from "#shared/report/paint.ts";
import { renderTable } from "#shared/report/table.ts";
import { age, columns, displayWidth, some, wrap } from "#shared/report/text-layout.ts";
import { report, reportDaemonSet, reportFinding, reportNode } from "../../fixtures/report.ts";

const PLAIN = { color: false, width: 100 };

test("says how much is covered, what is worst, where, why and what to do", () => {
  expect(renderTable(report(), PLAIN)).toBe(`prod-1 · Kubernetes v1.34.2 · 2026-11-20T12:00:00Z

75 % covered: 3 of 4 daemon pods are where they should be · 1 gap
1 of 2 nodes lacks at least one daemon. Worst: insufficient-memory, DaemonSet logging/fluent-bit on
1 node.

NODES by pool   · all covered   1-9 daemons missing
general 2 nodes  1·

DAEMONSET              COVERED   GAPS   STARTING   UNKNOWN   OUTDATED
logging/fluent-bit         1/2      1          -         -          -
kube-system/aws-node       2/2      -          -         -          -

CRITICAL  insufficient-memory  DaemonSet logging/fluent-bit  1 node  for 3h
          fluent-bit wants 256Mi, 130Mi are free
          why   general-1: 256Mi wanted, 130Mi free of 15.2Gi
          fix   Give logging/fluent-bit a priority above 1000; displaces 1 pod; priority is no
                guarantee
                kubectl -n logging patch daemonset fluent-bit --type merge -p '{}'
          on    general-1

1 critical · 0 warnings · 0 info
-o wide: every node and fix · explain node/NAME, ds/NS/NAME · causes CODE
`);
});

test.each([60, 80, 100, 200])(
  "prose and map keep to %d columns; names and commands stay whole",
  (width) => {
    const nodes = Array.from({ length: 300 }, (_, at) => reportNode(`node-${at}`));
    const summary = "many words that need more than one line ".repeat(6).trim();
    const text = renderTable(report({ nodes, findings: [reportFinding({ summary })] }), {
      color: false,
      width,
    });
    const laidOut = text.split("\n").filter((line) => /^(?:general|\s)/.test(line));
    expect(Math.max(...laidOut.map(displayWidth))).toBeLessThanOrEqual(width);
  },
);

test("colour changes nothing but colour", () => {
  const painted = renderTable(report(), { ...PLAIN, color: true });
  expect(painted).toContain("\u001b[");
  expect(stripVTControlCharacters(painted)).toBe(renderTable(report(), PLAIN));
});

test("what was not read stands at the top", () => {
  const text = renderTable(report({ complete: false, notSeen: ["Pod", "Event"] }), PLAIN);
  expect(text.split("\n").slice(0, 8)).toEqual(
    expect.arrayContaining([
      "INCOMPLETE: nodes, pods and DaemonSets were not all read.",
      "Not read, so unknown where it matters: Pod, Event.",
    ]),
  );
});

test("a long list of healthy DaemonSets is cut, never one with a gap", () => {
  const healthy = Array.from({ length: 40 }, (_, at) => reportDaemonSet(`fine-${at}`));
  const text = renderTable(
    report({ daemonSets: [...healthy, reportDaemonSet("bad", { gaps: 1 })] }),
    PLAIN,
  );
  expect(text).toContain("kube-system/bad ");
  expect(text).toContain("and 11 more without a gap (-o wide shows them)");
});

test("a cluster without a name has a first line all the same", () => {
  const text = renderTable(report({ cluster: { name: "", version: null } }), PLAIN);
  expect(text).toMatch(/^unnamed cluster · Kubernetes version unknown · 2026/);
});

test.each([
  ["a gap", { gaps: 1 }, true, "1;31"],
  ["nothing amiss", { gaps: 0 }, true, "32"],
  ["something unknown", { gaps: 0, unknown: 2 }, true, "33"],
  ["not all read", { gaps: 0 }, false, "33"],
] as const)("coverage is green only where all was seen: %s", (_what, parts, complete, code) => {
  const { summary } = report();
  const text = renderTable(report({ complete, summary: { ...summary, ...parts } }), {
    ...PLAIN,
    color: true,
  });
  expect(text).toContain(`\u001b[${code}m75 % covered`);
});

test("of many findings the worst are told, then named, then counted; none is left out of -o wide", () => {
  const findings = Array.from({ length: 100 }, (_, at) =>
    reportFinding({ id: `f${at}`, cause: `cause-${at}` }),
  );
  const text = renderTable(report({ findings }), PLAIN);
  expect(text.match(/^CRITICAL /gm)).toHaveLength(25);
  expect(text.match(/^critical  cause-\d+  DaemonSet logging/gm)).toHaveLength(40);
  expect(text).toContain("\nand 35 more (-o wide: all of them)\n");
  expect(
    renderTable(report({ findings }), { ...PLAIN, wide: true }).match(/^CRITICAL /gm),
  ).toHaveLength(100);
});

test("what needs nobody today is told in short; three of a cause as one", () => {
  const info = (cause: string, name: string) =>
    reportFinding({
      cause,
      severity: "info",
      subject: { kind: "DaemonSet", namespace: "a", name },
      nodes: [],
      summary: `${name} asks for no memory`,
    });
  const findings = [info("x", "one"), ...["b", "c", "d"].map((name) => info("no-requests", name))];
  const lines = renderTable(report({ findings }), PLAIN).split("\n");
  expect(lines.slice(lines.findIndex((line) => line.startsWith("info"))).slice(0, 4)).toEqual([
    "info      x  DaemonSet a/one  for 3h",
    "          one asks for no memory",
    "info      no-requests  3 DaemonSets",
    "          a/b, a/c, a/d",
  ]);
});

test("proof that holds of several nodes is said once, that of the summary not again", () => {
  const proof = (node: string, sentence: string) => ({ sentence, node, facts: {} });
  const text = renderTable(
    report({
      findings: [
        reportFinding({
          summary: "on n0: no room",
          evidence: [
            proof("n0", "no room"),
            proof("n1", "no room"),
            proof("n2", "no port"),
            proof("n3", "no port"),
          ],
        }),
      ],
    }),
    PLAIN,
  );
  expect(text.split("\n").filter((line) => line.includes("why "))).toEqual([
    "          why   n2, n3: no port",
  ]);
});

test("with placements a row each; in a table those that are well are counted", () => {
  const row = (node: string, verdict: "covered" | "gap" | "excluded") => ({
    daemonSet: "a/b",
    node,
    eligible: true,
    shouldContinue: true,
    intended: true,
    verdict,
    reason: "",
  });
  const placements = [row("n1", "covered"), row("n2", "gap"), row("n3", "excluded")];
  const table = renderTable(report({ placements }), PLAIN);
  expect(table).toMatch(
    /\nDAEMONSET +NODE +VERDICT +CAUSE +REASON\na\/b +n2 +gap +\nand 2 that are/,
  );
  expect(renderTable(report({ placements }), { ...PLAIN, wide: true })).toMatch(
    /a\/b +n1 +covered/,
  );
});

test("a long name goes below the cause, whole", () => {
  const name = "a-very-long-name-".repeat(5);
  const subject = { kind: "DaemonSet", namespace: "kube-system", name } as const;
  const text = renderTable(report({ findings: [reportFinding({ subject })] }), PLAIN);
  expect(text).toContain(
    `CRITICAL  insufficient-memory\n          DaemonSet kube-system/${name}  1 node  for 3h\n`,
  );
});

test("the legend is broken between meanings, never inside of one", () => {
  const nodes = [
    {},
    { gaps: 1 },
    { gaps: 12 },
    { phase: "dark" as const },
    { unknown: 1 },
    { starting: 1 },
  ].map((parts, at) => reportNode(`n${at}`, parts));
  const lines = nodeMap(nodes, { width: 50, paint: painter(false) });
  expect(lines.slice(0, 3)).toEqual([
    "NODES by pool   · all covered",
    "   1-9 daemons missing   + ten or more   D dark",
    "   ? unknown   o starting",
  ]);
});

test.each([
  ["all covered", {}, "·"],
  ["a count of missing daemons", { gaps: 3 }, "3"],
  ["more than nine", { gaps: 12 }, "+"],
  ["dark before missing", { phase: "dark", gaps: 3 }, "D"],
  ["cannot tell", { unknown: 1 }, "?"],
  ["leaving before starting", { phase: "leaving", starting: 1 }, "~"],
  ["starting", { starting: 1 }, "o"],
  ["nothing to run", { intended: 0, covered: 0 }, "-"],
  ["daemons cannot run there", { outsideCoverage: true, gaps: 1 }, "-"],
] as const)("symbol of a node: %s", (_what, parts, symbol) => {
  expect(markOf(reportNode("n", parts)).symbol).toBe(symbol);
});

test("of many nodes a symbol shows the worst of several: one gap in five thousand stays in sight", () => {
  const nodes = Array.from({ length: 5000 }, (_, at) =>
    reportNode(`n${at}`, { gaps: at === 4321 ? 1 : 0 }),
  );
  const lines = nodeMap(nodes, { width: 120, paint: painter(false) });
  expect(lines[0]).toContain("a symbol is the worst of 9");
  expect(lines.slice(1).join("").replace("general 5000 nodes", "").replaceAll(/[ ·]/g, "")).toBe(
    "1",
  );
  expect(lines.length).toBeLessThan(9);
});

test.each([
  ["seconds", "2026-11-20T11:59:15Z", "45s"],
  ["up to two minutes in seconds", "2026-11-20T11:58:01Z", "119s"],
  ["minutes", "2026-11-20T10:30:00Z", "90m"],
  ["hours", "2026-11-19T06:00:00Z", "30h"],
  ["days", "2026-11-08T12:00:00Z", "12d"],
  ["the nearest hour, as sentences count", "2026-11-20T09:05:00Z", "3h"],
  ["the nearest day", "2026-11-12T22:00:00Z", "8d"],
  ["never negative", "2026-11-20T12:00:05Z", "0s"],
] as const)("age in %s", (_unit, since, shown) => {
  expect(age(since, "2026-11-20T12:00:00Z")).toBe(shown);
});

test("a list of names is cut only when that saves a name", () => {
  expect(some(["a", "b", "c", "d"], 3)).toBe("a, b, c, d");
  expect(some(["a", "b", "c", "d", "e"], 3)).toBe("a, b, c and 2 more");
});

test.each([
  ["a count", "it has 12 nodes", 12, ["it has", "12 nodes"]],
  ["an age", "none · 40d old", 12, ["none ·", "40d old"]],
  ["a word that ends in a letter of an age stays a word", "a4d and old", 8, ["a4d and", "old"]],
] as const)("%s stays on the line of what it counts", (_what, text, width, lines) => {
  expect(wrap(text, width)).toEqual(lines);
});

test("wide characters take two columns, marks none", () => {
  expect([displayWidth("節点"), displayWidth("e\u0301"), displayWidth("·")]).toEqual([4, 1, 1]);
  const { lines } = columns(
    [{ name: "節点" }, { name: "node" }],
    [
      { head: "NAME", cell: ({ name }) => name },
      { head: "X", cell: () => "x" },
    ],
  );
  expect(lines).toEqual(["節点   x", "node   x"]);
});

test("where three spaces are too many, two will do", () => {
  const layout = ["A", "B"].map((head) => ({ head, cell: () => "four" }));
  expect(columns([0], layout, 11).lines).toEqual(["four   four"]);
  expect(columns([0], layout, 10).lines).toEqual(["four  four"]);
});

test("a word longer than the line stays whole", () => {
  expect(wrap("see averyveryverylongname now", 10)).toEqual([
    "see",
    "averyveryverylongname",
    "now",
  ]);
});

test("many remarks about the cluster itself are told by what they say, not by its name", () => {
  const findings = Array.from({ length: 8 }, (_, at) =>
    reportFinding({
      cause: "cannot-see",
      severity: "info",
      subject: { kind: "Cluster", name: "" },
      nodes: [],
      since: null,
      summary: `Kind${at}: the cluster does not serve it, ${"so it cannot be told ".repeat(5)}`,
    }),
  );
  const text = renderTable(report({ findings }), { color: false, width: 60 });
  const lines = text.split("\n");
  const from = lines.indexOf("info      cannot-see  8 times");

  expect(from).toBeGreaterThan(0);
  expect(lines[from + 1]).toBe("          Kind0: the cluster does not serve it, so it canno…");
  expect(lines[from + 7]).toBe("          and 2 more (-o wide: all of them)");
  expect(text).not.toContain("Cluster,");
});

test("a name longer than any sensible one ends in …, but in a command and in -o wide", () => {
  const name = "a".repeat(253);
  const long = report({
    daemonSets: [reportDaemonSet(name)],
    findings: [
      reportFinding({
        subject: { kind: "DaemonSet", namespace: "kube-system", name },
        nodes: [name],
        summary: `nothing runs on ${name}`,
        remedies: [{ action: "look", summary: "Look", command: `kubectl get node/${name}` }],
      }),
      reportFinding({ severity: "info", subject: { kind: "Node", name }, nodes: [name] }),
    ],
    placements: [
      {
        daemonSet: `kube-system/${name}`,
        node: name,
        eligible: true,
        shouldContinue: true,
        intended: true,
        verdict: "gap",
        reason: "none",
      },
    ],
  });
  const lines = renderTable(long, PLAIN).split("\n");

  expect(lines.filter((line) => line.includes(name))).toEqual([
    `                kubectl get node/${name}`,
  ]);
  expect(lines.filter((line) => line.includes("a…")).length).toBeGreaterThanOrEqual(6);
  expect(renderTable(long, { ...PLAIN, wide: true })).not.toContain("a…");
});
