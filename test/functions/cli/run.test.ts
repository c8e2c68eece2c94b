import { expect, test } from "vitest";
import { dsaudit } from "../../fixtures/command.ts";

test("nothing asked for: help on stdout, and no failure, as kubectl does", async () => {
  const { code, out, err } = await dsaudit([]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("Usage: dsaudit [options] [command]");
});

test.each(["audit", "explain", "causes", "demo", "redact", "completion"])(
  "%s --help shows an example of its own",
  async (command) => {
    const { code, out, err } = await dsaudit([command, "--help"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(new RegExp(`Examples:\n(?:.*\n)*.*dsaudit ${command}`));
    expect(out).toContain(`Usage: dsaudit ${command}`);
  },
);

test("as a plugin of kubectl it calls itself so, in usage, examples and hints", async () => {
  const name = "kubectl dsaudit";
  const { out } = await dsaudit(["audit", "--help"], { name });
  expect(out).toContain("Usage: kubectl dsaudit audit");
  expect(out).toContain("  kubectl dsaudit audit -f dump.json");
  expect((await dsaudit(["audti"], { name })).err).toContain("kubectl dsaudit --help");
});

test.each([
  [["help"], "Usage: dsaudit [options] [command]"],
  [["help", "help"], "Usage: dsaudit [options] [command]"],
  [["help", "redact"], "Usage: dsaudit redact"],
] as const)("%j prints help", async (argv, usage) => {
  const { code, out, err } = await dsaudit(argv);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain(usage);
});

test("only where a dump may be meant is told how one is read", async () => {
  expect((await dsaudit(["audit", "x"])).err).toContain("a dump is read with -f");
  expect((await dsaudit(["causes", "a", "b"])).err).not.toContain("a dump");
});

test("--version is a name and a number", async () => {
  expect(await dsaudit(["--version"])).toEqual({ code: 0, out: "dsaudit 0.1.0\n", err: "" });
});

const NEAR: readonly (readonly [what: string, argv: readonly string[], err: RegExp])[] = [
  ["a command", ["audti"], /^dsaudit: there is no command "audti"\. Did you mean "audit"\?\n/],
  ["a command of help", ["help", "audti"], /^dsaudit: there is no command "audti"\. Did you mean/],
  ["an option", ["audit", "--fial-on", "info"], /'--fial-on'\. Did you mean --fail-on\?/],
  ["a format", ["audit", "-o", "jsn"], /no output format "jsn"\. Did you mean "json"\?/],
  ["a severity", ["demo", "--fail-on", "warn"], /no severity "warn"\./],
  ["a severity", ["demo", "--fail-on", "warnings"], /Did you mean "warning"\?/],
  ["a cause", ["causes", "crashloop"], /no cause "crashloop"\. Did you mean "crash-loop"\?/],
  ["a shell", ["completion", "bsh"], /no shell "bsh"\. Did you mean "bash"\?/],
  ["a kind", ["explain", "nod/n1"], /"nod" is no kind .* Did you mean "node"\?/],
  [
    "a node",
    ["explain", "--demo", "node/memry-4"],
    /there is no node memry-4\. Did you mean "memory-4"\?/,
  ],
  [
    "a DaemonSet of another namespace",
    ["explain", "--demo", "ds/default/fluent-bit"],
    /no DaemonSet default\/fluent-bit\. Did you mean "logging\/fluent-bit"\?/,
  ],
  [
    "a DaemonSet",
    ["explain", "--demo", "ds/logging/fluentbit"],
    /no DaemonSet logging\/fluentbit\. Did you mean "logging\/fluent-bit"\?/,
  ],
  ["a namespace", ["demo", "-n", "loging"], /namespace loging\. Did you mean "logging"\?/],
];
test.each(NEAR)("mistyped %s: the near match, exit 2, nothing on stdout", async (_w, argv, err) => {
  const outcome = await dsaudit(argv);
  expect(outcome).toMatchObject({ code: 2, out: "" });
  expect(outcome.err).toMatch(err);
});

const WRONG: readonly (readonly [what: string, argv: readonly string[], err: string])[] = [
  ["a time without a zone", ["audit", "--now", "2026-11-20T12:00:00"], "is no RFC 3339 time"],
  ["the 31st of February", ["audit", "--now", "2026-02-31T12:00:00Z"], "is no RFC 3339 time"],
  ["half a selector", ["demo", "-l", "app=a,"], "it ends in a comma"],
  ["a selector of Greater", ["demo", "-l", "app>3"], '"app>3" is none of'],
  ["a label that no label has", ["demo", "-l", "a b=c"], "is no label selector"],
  ["labels of nobody", ["demo", "-l", "app=nobody"], "no DaemonSet has these labels"],
  ["a dump and a context", ["audit", "-f", "x", "--context", "y"], "give one of the two"],
  ["a dump without -f", ["audit", "dump.json"], "too many arguments"],
  ["an option without its value", ["audit", "-o"], "argument missing"],
  ["explain what?", ["explain"], "missing required argument"],
  ["two nodes", ["explain", "node/a", "node/b"], "one node and one DaemonSet at most"],
  ["a pod and a node", ["explain", "pod/a/b", "node/c"], "name it alone"],
  ["a kind without a name", ["explain", "node"], "node names none"],
  ["a pod of no DaemonSet", ["explain", "--demo", "pod/x/y"], "there is no pod x/y"],
  ["redact without a dump", ["redact"], "redact what?"],
  ["a folder that is not there", ["demo", "--out", "/no/such/r.json"], "there is no folder"],
  ["a folder as a file", ["demo", "--out", "/"], "it is a folder"],
];
test.each(WRONG)("%s: told on stderr, exit 2", async (_what, argv, err) => {
  const outcome = await dsaudit(argv);
  expect(outcome).toMatchObject({ code: 2, out: "" });
  expect(outcome.err).toContain(err);
  expect(outcome.err).not.toMatch(/\n\s+at /);
});

test.each(["what-if", "watch"])("%s is told to be of a later version", async (word) => {
  const outcome = await dsaudit([word, "--anything", "x"]);
  expect(outcome).toMatchObject({ code: 2, out: "" });
  expect(outcome.err).toMatch(new RegExp(`^dsaudit: ${word} is not part of this version\n`));
  expect((await dsaudit([])).out).not.toContain(word);
});

test("what the user typed steers no terminal", async () => {
  const { err } = await dsaudit(["\u001b]0;x\u0007audit"]);
  expect(err).toContain('"\\x1b]0;x\\x07audit"');
  expect((await dsaudit(["audit", "--\u001b[31m"])).err).not.toContain("\u001b");
});

test("DSAUDIT_DEBUG=1 shows where", async () => {
  const { err } = await dsaudit(["audit", "-f", "/no/such"], { env: { DSAUDIT_DEBUG: "1" } });
  expect(err).toMatch(/\n\s+at /);
});
