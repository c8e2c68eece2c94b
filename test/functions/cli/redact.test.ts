import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dsaudit } from "../../fixtures/command.ts";
import { nodeJson, podJson } from "../../fixtures/kubernetes-json.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dsaudit-"));
});
afterEach(async () => rm(folder, { recursive: true }));

const SECRET = "hunter2";
const pod = podJson("web", {
  spec: {
    containers: [{ name: "c", image: "i", env: [{ name: "P", value: SECRET }], args: [SECRET] }],
  },
});
const DUMP = JSON.stringify({
  apiVersion: "v1",
  kind: "List",
  items: [
    nodeJson("n1"),
    pod,
    { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { p: SECRET } },
  ],
});

test("names stay, secrets go; what was left out is counted; the result can be audited", async () => {
  const { code, out, err } = await dsaudit(["redact", "-f", "-"], { stdin: DUMP });
  expect(code).toBe(0);
  expect(out).toContain('"web"');
  expect(out).not.toContain(SECRET);
  expect(err).toBe("dsaudit: 2 objects kept, 1 left out that no audit reads\n");
  expect((await dsaudit(["audit", "-f", "-"], { stdin: out })).code).toBe(3);
});

test("--out: the same in a file, and nothing printed but the count", async () => {
  await writeFile(join(folder, "in.json"), DUMP);
  const argv = ["redact", "-f", join(folder, "in.json"), "--out", join(folder, "out.json")];
  expect(await dsaudit(argv)).toMatchObject({ code: 0, out: "" });
  expect(await readFile(join(folder, "out.json"), "utf8")).toContain('"web"');
});

test("nothing to keep: refused, and no file is left", async () => {
  const argv = ["redact", "-f", "-", "--out", join(folder, "out.json")];
  const { code, err } = await dsaudit(argv, { stdin: '{"kind":"Secret","apiVersion":"v1"}' });
  expect(code).toBe(2);
  expect(err).toContain("no objects that an audit reads in -");
  expect(await readdir(folder)).toEqual([]);
});

const LOST =
  "dsaudit: warning: 1 more could not be read, and the copy does not say so: collect again, or tell whoever gets it\n";

test.each([
  ["a dump that was cut off", DUMP.slice(0, DUMP.indexOf('"s"'))],
  ["one page of a longer list", `${DUMP.slice(0, -1)},"metadata":{"continue":"token"}}`],
])("a copy of %s cannot say that it is one, so it is told", async (_what, stdin) => {
  const { code, err } = await dsaudit(["redact", "-f", "-"], { stdin });
  expect(code).toBe(0);
  expect(err).toContain(LOST);
});

test("a whole dump is copied without a warning, whatever stands between its documents", async () => {
  const { err } = await dsaudit(["redact", "-f", "-"], { stdin: `[INFO] {\n${DUMP}\n{ log\n` });
  expect(err).not.toContain("warning");
});
