import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "#shared/adapters/config/read-config.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "dsaudit-"));
  await mkdir(join(root, "a", "b"), { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

const read = (path?: string) => readConfig({ from: join(root, "a", "b"), causes: [], path });

test("without a file the defaults hold", async () => {
  expect(await read()).toEqual({ policy: DEFAULT_POLICY, failOn: undefined, notes: [] });
});

test("the nearest file above is taken", async () => {
  await writeFile(join(root, ".dsaudit.yaml"), "failOn: info");
  expect((await read()).failOn).toBe("info");
  await writeFile(join(root, "a", ".dsaudit.yml"), "failOn: warning");
  expect((await read()).failOn).toBe("warning");
});

test("--config is read instead, from where the command stands", async () => {
  await writeFile(join(root, ".dsaudit.yaml"), "failOn: info");
  await writeFile(join(root, "a", "b", "mine.yaml"), "failOn: critical");
  expect((await read("mine.yaml")).failOn).toBe("critical");
});

test("a --config that is not there is an error, not the defaults", async () => {
  await expect(read("none.yaml")).rejects.toMatchObject({
    code: "config.not-found",
    message: "cannot read none.yaml",
  });
});

test("messages name the file as the user did, and one that was found from where the command stands", async () => {
  await writeFile(join(root, ".dsaudit.yaml"), "x: 1");
  await expect(read()).rejects.toThrow("../../.dsaudit.yaml:1:1");
  const whole = join(root, ".dsaudit.yaml");
  await expect(read(whole)).rejects.toThrow(`${whole}:1:1`);
});

test.each([
  ["a folder", "."],
  ["a device without end", "/dev/zero"],
] as const)("%s is refused at once", async (_what, path) => {
  await expect(read(path)).rejects.toThrow("is no ordinary file");
});

test("a file the size of a dump is refused unread", async () => {
  await writeFile(join(root, "a", "b", "big.yaml"), "#".repeat((1 << 20) + 1));
  await expect(read("big.yaml")).rejects.toMatchObject({
    message: "big.yaml is larger than 1 MiB",
  });
});
