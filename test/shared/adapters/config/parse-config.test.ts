import { expect, test } from "vitest";
import { DEFAULT_GRACE, DEFAULT_POLICY } from "#shared/audit/policy.ts";
import { AuditorError } from "#shared/auditor-error.ts";
import { parseConfig } from "#shared/adapters/config/parse-config.ts";

const CAUSES = ["no-priority", "not-ready", "insufficient-memory"];
const parse = (text: string) => parseConfig(text, { file: ".dsaudit.yaml", causes: CAUSES });

function complaintOf(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof AuditorError && error.code === "config.invalid") return error.message;
    throw error;
  }
  return "accepted";
}

test("a whole file becomes the policy", () => {
  const config = parse(`
version: 1
failOn: warning
severities:
  no-priority: critical
  insufficient-nvidia.com/gpu: warning
  insufficient-hugepages-2Mi: info
roles:
  - { daemonSet: "logging/*", role: logs }
ignore:
  - cause: not-ready
    daemonSet: "kube-system/*"
    reason: being replaced, OPS-12
    until: 2027-03-31
  - { node: "edge-*", reason: no agent there on purpose, until: never }
grace: { nodeStart: 10m, podStart: 1h30m, leaving: 7200 }
mustCover:
  - { daemonSet: security/agent, nodes: "*" }
startupTaints: [example.com/*]
`);
  expect(config).toEqual({
    failOn: "warning",
    notes: [],
    policy: {
      severities: new Map([
        ["no-priority", "critical"],
        ["insufficient-nvidia.com/gpu", "warning"],
        ["insufficient-hugepages-2Mi", "info"],
      ]),
      roles: [{ daemonSet: "logging/*", role: "logs" }],
      ignore: [
        {
          cause: "not-ready",
          daemonSet: "kube-system/*",
          node: "*",
          reason: "being replaced, OPS-12",
          until: Date.parse("2027-03-31T00:00:00Z"),
        },
        {
          cause: "*",
          daemonSet: "*",
          node: "edge-*",
          reason: "no agent there on purpose",
          until: undefined,
        },
      ],
      grace: { ...DEFAULT_GRACE, nodeStart: 600, podStart: 5400, leaving: 7200 },
      mustCover: [{ daemonSet: "security/agent", nodes: "*" }],
      startupTaints: ["example.com/*"],
      leavingTaints: [],
    },
  });
});

test.each([
  ["nothing", ""],
  ["a byte order mark", "\ufeff"],
  ["only a comment", "# later\n"],
  ["an empty document", "---\n"],
] as const)("an empty file holds the defaults and says so: %s", (_what, text) => {
  expect(parse(text)).toEqual({
    policy: DEFAULT_POLICY,
    failOn: undefined,
    notes: [".dsaudit.yaml is empty: all defaults hold"],
  });
});

test.each([
  [
    "an unknown key with a near one",
    "mtach: x",
    ".dsaudit.yaml:1:1 mtach is no setting. Here may stand: version, failOn, severities, roles, ignore, grace, mustCover, startupTaints, leavingTaints.",
  ],
  [
    "an unknown key deep inside",
    "grace:\n  podStrat: 5m",
    '.dsaudit.yaml:2:3 grace.podStrat is no setting. Did you mean "podStart"?',
  ],
  [
    "an unknown key in a list",
    "ignore:\n  - reason: known\n    untill: never\n    until: never",
    '.dsaudit.yaml:3:5 ignore[0].untill is no setting. Did you mean "until"?',
  ],
  [
    "a number in quotes",
    'grace: { podStart: "5" }',
    '.dsaudit.yaml:1:20 grace.podStart must be a time such as "90s", "5m" or "1h30m", or a whole number of seconds, not "5"',
  ],
  [
    "a negative time",
    "grace: { podStart: -5 }",
    '.dsaudit.yaml:1:20 grace.podStart must be a time such as "90s", "5m" or "1h30m", or a whole number of seconds, not -5',
  ],
  [
    "a clock",
    "grace: { podStart: 25:00-03:00 }",
    '.dsaudit.yaml:1:20 grace.podStart must be a time such as "90s", "5m" or "1h30m", or a whole number of seconds, not "25:00-03:00"',
  ],
  [
    "a regular expression",
    'roles: [{ daemonSet: "(a+)+$", role: logs }]',
    '.dsaudit.yaml:1:22 roles[0].daemonSet must be a name, in which only * is special (no regular expression), not "(a+)+$"',
  ],
  [
    "a severity that is none",
    "failOn: high",
    '.dsaudit.yaml:1:9 failOn must be info, warning or critical, not "high"',
  ],
  [
    "a mistyped cause",
    "severities: { no-prority: info }",
    '.dsaudit.yaml:1:15 severities.no-prority is no cause. Did you mean "no-priority"?',
  ],
  [
    "several causes at once, where each needs its own severity",
    "severities: { no-*: info }",
    ".dsaudit.yaml:1:15 severities.no-* is no cause. `dsaudit causes` lists them.",
  ],
  [
    "a resource that is none, and would pass for a device",
    "severities: { insufficient-memroy: info }",
    '.dsaudit.yaml:1:15 severities.insufficient-memroy is no cause. Did you mean "insufficient-memory"?',
  ],
  [
    "a mistyped cause to ignore",
    "ignore: [{ cause: not-raedy, reason: known, until: never }]",
    '.dsaudit.yaml:1:19 ignore[0].cause "not-raedy" is no cause. Did you mean "not-ready"?',
  ],
  [
    "an ignore rule without a reason",
    "ignore: [{ cause: not-ready, until: never }]",
    ".dsaudit.yaml:1:10 ignore[0].reason must say why, in words, and is missing",
  ],
  [
    "an ignore rule without an end",
    "ignore: [{ cause: not-ready, reason: known }]",
    ".dsaudit.yaml:1:10 ignore[0].until must be a date such as 2027-03-31, or never, and is missing",
  ],
  [
    "a day that is none",
    "ignore: [{ reason: known, until: 2027-02-31 }]",
    '.dsaudit.yaml:1:34 ignore[0].until must be a date such as 2027-03-31, or never, not "2027-02-31"',
  ],
  ["a version of tomorrow", "version: 2", ".dsaudit.yaml:1:10 version must be 1, not 2"],
  [
    "a list for a map",
    "grace: [5]",
    ".dsaudit.yaml:1:8 grace must be a map of names to values, not [5]",
  ],
  [
    "a text for everything",
    "hello",
    '.dsaudit.yaml:1:1 the file must be a map of names to values, not "hello"',
  ],
  [
    "two documents",
    "failOn: info\n---\nfailOn: info",
    ".dsaudit.yaml:2:1 a second document begins here, and there may be one only",
  ],
  ["UTF-16, as PowerShell writes", "\ufffd\ufffdf\0a\0", ".dsaudit.yaml is no text in UTF-8"],
  ["a key twice", "failOn: info\nfailOn: info", ".dsaudit.yaml:2:1 Map keys must be unique"],
  [
    "no YAML",
    "a: [",
    ".dsaudit.yaml:1:5 Flow sequence in block collection must be sufficiently indented and end with a ]",
  ],
] as const)("refused with place and fix: %s", (_what, text, complaint) => {
  expect(complaintOf(text).split("\n")[0]).toBe(complaint);
});

test("every wrong place is named, not only the first", () => {
  expect(complaintOf("failOn: x\ngrace: { a: 1 }").split("\n")).toHaveLength(2);
});

test("aliases that multiply are refused, and soon", () => {
  const rows = Array.from({ length: 9 }, (_, at) => {
    const before = String.fromCharCode(96 + at);
    return `${String.fromCharCode(97 + at)}: &${String.fromCharCode(97 + at)} [${at === 0 ? "x,x" : `*${before},`.repeat(9)}]`;
  });
  expect(complaintOf(rows.join("\n"))).toContain("alias");
});

test("keys called __proto__ and constructor are keys like any other, and no settings", () => {
  expect(complaintOf("__proto__: { failOn: info }")).toContain("__proto__ is no setting");
  expect(complaintOf("constructor: 1")).toContain("constructor is no setting");
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test("what the file says steers no terminal", () => {
  expect(complaintOf('failOn: "\\e[2J"')).not.toContain("\u001b");
  expect(complaintOf('"\\e[2J": 1')).not.toContain("\u001b");
});
