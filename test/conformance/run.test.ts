import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { evaluate } from "./evaluate.ts";
import { main } from "./run.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "conformance-"));
});
afterAll(() => rm(folder, { recursive: true }));

const printed: string[] = [];
const told: string[] = [];
beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void told.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  printed.length = 0;
  told.length = 0;
});

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const toleration = (id: string, tolerated: boolean) => ({
  id,
  kind: "toleration",
  input: { taints: [{ key: "a", effect: "NoSchedule" }], tolerations: [], filterEffects: null },
  expected: { tolerated },
});

test("a kind is one line, and whoever does not hold is named", async () => {
  const right = toleration("t-1", false);
  const wrong = toleration("t-2", true);
  expect(await main([await file("two.json", { cases: [right, wrong] })])).toBe(1);
  expect(printed[0]).toBe("toleration: 1 of 2");
  expect(printed[1]).toContain("t-2");
  expect(printed).toHaveLength(2);
});

test("several files are one run", async () => {
  const a = await file("a.json", { cases: [toleration("a", false)] });
  const b = await file("b.json", { cases: [toleration("b", false)] });
  expect(await main([a, b])).toBe(0);
  expect(printed).toEqual(["toleration: 2 of 2"]);
});

test("a kind that we have no function for does not hold", async () => {
  const path = await file("new.json", { cases: [{ ...toleration("x", false), kind: "newKind" }] });
  expect(await main([path])).toBe(1);
  expect(printed).toEqual(["newKind: 0 of 1", '  x: no function of ours answers "newKind"']);
});

test.each([
  ["no file at all", []],
  ["an option that it does not have", ["--strict"]],
] as const)("usage: %s", async (_what, args) => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(await main(args)).toBe(2);
});

test.each([
  ["no JSON", "cases:"],
  ["no cases", { cases: [] }],
  ["an object of something else", { items: [] }],
  ["a case without a kind", { cases: [{ id: "x", input: {}, expected: {} }] }],
] as const)("a file with %s is refused", async (_what, content) => {
  const path = await file("bad.json", content);
  expect(await main([path])).toBe(2);
  expect(told[0]).toContain("bad.json");
});

test("a file that is not there is refused", async () => {
  expect(await main([join(folder, "gone.json")])).toBe(2);
});

const KINDS = [
  "shouldRun",
  "manageNode",
  "status",
  "rollingUpdate",
  "sync",
  "targetNodeName",
  "replaceAffinity",
  "nodeAffinity",
  "toleration",
  "podRequests",
  "fit",
  "hostPorts",
  "kubeletAdmit",
  "quantity",
  "selector",
] as const;

test.each(KINDS)("%s is answered, whatever is missing in the input", (kind) => {
  expect(typeof evaluate(kind, {})).toBe("object");
  expect(typeof evaluate(kind, { node: null, pods: null, daemonSet: [], taints: "x" })).toBe(
    "object",
  );
});

test("the one look of the controller makes, or rolls out, never both", () => {
  const pod = (name: string, hash: string) => ({
    metadata: { name, labels: { "controller-revision-hash": hash } },
    spec: { nodeName: name },
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  });
  const node = (name: string) => ({ metadata: { name } });
  const input = {
    now: "2026-11-20T12:00:00Z",
    updatedHash: "new",
    daemonSet: { metadata: { name: "ds" }, spec: { template: { spec: {} } } },
    pods: [pod("n1", "old"), pod("n2", "old")],
  };
  expect(evaluate("sync", { ...input, nodes: [node("n1"), node("n2")] })).toMatchObject({
    create: [{ count: 0 }, { count: 0 }],
    delete: [{ count: 0 }, { from: ["n1", "n2"], count: 1 }],
  });
  expect(evaluate("sync", { ...input, nodes: [node("n1"), node("n3")] })).toMatchObject({
    create: [{ from: ["n3"], count: 1 }],
  });
});

const data = process.env["DSAUDIT_DATA"];
const named = data === undefined ? "skipped, DSAUDIT_DATA is not set" : "all of them hold";
test.skipIf(data === undefined)(`the open cases: ${named}`, async () => {
  expect(await main([join(data ?? "", "conformance-cases.json")])).toBe(0);
});
