import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleForwarder } from "../../../infra/package/bundle.ts";
import { startClusterServer, type ClusterServer } from "../../fixtures/cluster-server.ts";
import { daemonPodJson, daemonSetJson, nodeJson } from "../../fixtures/kubernetes-json.ts";

let folder: string;
let empty: string;
let server: ClusterServer;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dsaudit-forwarder-"));
  empty = join(folder, "empty");
  await mkdir(empty);
  await bundleForwarder(join(folder, "dist"));
}, 60_000);
afterAll(async () => rm(folder, { recursive: true }));
beforeEach(async () => {
  server = await startClusterServer({
    nodes: [nodeJson("n1")],
    pods: [daemonPodJson("agent", "n1")],
    daemonsets: [daemonSetJson("agent")],
  });
  await writeFile(join(folder, "kubeconfig"), server.kubeconfig);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await server.close();
});

/** The bundle, by this Node, in an empty folder and with nothing of our environment. */
function start(...argv: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [join(folder, "dist", "forwarder.js"), ...argv], {
    cwd: empty,
    env: { HOME: empty, PATH: "/usr/bin:/bin" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  return child;
}

async function ended(child: ChildProcess) {
  const [out, err, [code]] = await Promise.all([
    child.stdout ? text(child.stdout) : "",
    child.stderr ? text(child.stderr) : "",
    once(child, "exit") as Promise<[number | null]>,
  ]);
  return { code, out, err };
}

/** Starts a dry run, and waits for the address that its log tells. */
async function dryRun() {
  const argv = ["--dry-run", "--kubeconfig", join(folder, "kubeconfig"), "--listen", "127.0.0.1:0"];
  const child = start(...argv);
  const said = { out: "", err: "" };
  child.stdout?.on("data", (piece: Buffer) => (said.out += piece.toString()));
  child.stderr?.on("data", (piece: Buffer) => (said.err += piece.toString()));
  await expect.poll(() => said.out, { timeout: 15_000 }).toContain('"NodeStates"');
  const port = /"port":(\d+)/.exec(said.err)?.[1] ?? "";
  const get = async (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  return { child, said, get };
}

test("the bundle is one file with its licences, and tells nothing about the machine it was made on", async () => {
  expect((await readdir(join(folder, "dist"))).toSorted()).toEqual([
    "forwarder.THIRD_PARTY_LICENSES",
    "forwarder.js",
  ]);
  const code = await readFile(join(folder, "dist", "forwarder.js"), "utf8");
  const licences = await readFile(join(folder, "dist", "forwarder.THIRD_PARTY_LICENSES"), "utf8");

  expect(code.length).toBeLessThan(5 * 1024 ** 2);
  expect(code).not.toContain(process.cwd());
  for (const name of ["@aws-sdk/client-eventbridge", "@kubernetes/client-node", "prom-client"])
    expect(licences).toContain(`\n${name} `);
});

test("it starts in an empty folder: help, version, and a setting that is missing by its name", async () => {
  const [help, version, missing] = await Promise.all(
    [["--help"], ["--version"], ["--bus", "b"]].map((argv) => ended(start(...argv))),
  );
  const manifest = JSON.parse(await readFile("package.json", "utf8")) as { version: string };

  expect(help?.code).toBe(0);
  expect(help?.out).toContain("Usage: dsaudit-forwarder --bus NAME");
  expect(version).toEqual({ code: 0, out: `dsaudit-forwarder ${manifest.version}\n`, err: "" });
  expect(missing?.code).toBe(2);
  expect(missing?.err).toContain("dsaudit-forwarder: --region is missing: name it with");
  expect(missing?.err).toContain("dsaudit-forwarder: --source is missing: name the cluster");
});

test.each([
  [["--kubeconfig", "nowhere"], "there is no kubeconfig nowhere"],
  [["--listen", "somewhere"], '--listen "somewhere": an address is like 0.0.0.0:8080'],
])("%j ends it with 2 and the words for it", async (argv, says) => {
  const { code, err } = await ended(start("--dry-run", ...argv));

  expect(code).toBe(2);
  expect(err).toContain(says);
});

test("an address that is taken is named", async () => {
  const { get, said } = await dryRun();
  const port = /"port":(\d+)/.exec(said.err)?.[1] ?? "";
  const config = ["--kubeconfig", join(folder, "kubeconfig")];
  const { code, err } = await ended(start("--dry-run", ...config, "--listen", `127.0.0.1:${port}`));

  expect((await get("/healthz")).status).toBe(200);
  expect(code).toBe(2);
  expect(err).toContain(`--listen "127.0.0.1:${port}": listen EADDRINUSE`);
});

test("a dry run prints node states, answers on its three paths, and ends with 0 when it is asked to", async () => {
  const { child, said, get } = await dryRun();
  const statuses = await Promise.all(
    ["/healthz", "/readyz", "/metrics"].map(async (path) => (await get(path)).status),
  );
  const exit = once(child, "exit");
  child.kill("SIGTERM");

  expect(statuses).toEqual([200, 200, 200]);
  expect(await exit).toEqual([0, null]);
  expect(said.err).toContain('"message":"stopped"');
  for (const line of said.out.trim().split("\n")) expect(() => void JSON.parse(line)).not.toThrow();
});

test("whoever reads and goes ends it quietly", async () => {
  const { child } = await dryRun();
  const exit = once(child, "exit");
  child.stdout?.destroy();
  server.put("nodes", nodeJson("n2"));

  expect(await exit).toEqual([0, null]);
});
