import http from "node:http";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loadInCluster } from "#shared/adapters/kubernetes/in-cluster.ts";
import { loadKubeconfig } from "#shared/adapters/kubernetes/kubeconfig.ts";
import { drain } from "#shared/adapters/kubernetes/retry.ts";
import { Silent } from "#shared/adapters/kubernetes/reflector/clock.ts";
import { apiSource, type ApiSource } from "#shared/adapters/kubernetes/reflector/source.ts";
import { selfSigned } from "../../../../fixtures/certificate.ts";
import { kubeconfigFor, startApiServer, type ApiServer } from "../../../../fixtures/api-server.ts";

let folder: string;
let server: ApiServer;
let source: ApiSource;
let loads: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dsaudit-"));
  server = await startApiServer({
    objects: { nodes: [] },
    token: "second",
    handle: ({ resource }) => resource === "never",
  });
  loads = 0;
  source = apiSource(async () => {
    loads += 1;
    return loadKubeconfig({ kubeconfig: join(folder, "config") });
  });
});
afterEach(async () => {
  source.close();
  await server.close();
  await rm(folder, { recursive: true });
});

const write = async (text: string): Promise<void> => writeFile(join(folder, "config"), text);
async function status(signal = new AbortController().signal): Promise<number> {
  const answer = await source.get("/api/v1/nodes", { accept: "x/y", endless: false, signal });
  await drain(answer);
  return answer.status;
}

/** A kubeconfig whose credentials a plugin makes. */
async function withPlugin(script: string): Promise<void> {
  const plugin = join(folder, "plugin");
  await writeFile(plugin, `#!/bin/sh\necho run >> ${folder}/runs\n${script}\n`);
  await chmod(plugin, 0o755);
  const config = JSON.parse(kubeconfigFor(server.url, "x")) as { users: { user: unknown }[] };
  config.users = [
    {
      ...config.users[0],
      user: { exec: { apiVersion: "client.authentication.k8s.io/v1", command: plugin } },
    },
  ];
  await write(JSON.stringify(config));
}
/** How often the plugin ran. */
const runs = async (): Promise<number> =>
  (await readFile(join(folder, "runs"), "utf8")).split("\n").length - 1;
const credential = (token: string, more = ""): string =>
  `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${token}"${more}}}'`;

test("a token that is refused is read again, once for a request", async () => {
  await write(kubeconfigFor(server.url, "first"));
  expect(await status()).toBe(401);
  expect([loads, server.requests.length]).toEqual([2, 2]);

  await write(kubeconfigFor(server.url, "second"));
  expect(await status()).toBe(200);
  expect(await status()).toBe(200);
  expect([loads, server.requests.length]).toEqual([3, 5]);
  expect(server.requests[0]?.headers.accept).toBe("x/y");
});

test("a plugin's answer that is refused is thrown away, and the plugin asked again", async () => {
  await withPlugin(
    `if [ $(wc -l < ${folder}/runs) = 1 ]; then ${credential("first")}; else ${credential("second")}; fi`,
  );
  expect(await status()).toBe(200);
  expect(loads).toBe(2);
});

test("a plugin that fails is asked again each time, until it answers", async () => {
  await withPlugin(
    `if [ $(wc -l < ${folder}/runs) -le 5 ]; then echo broken >&2; exit 1; else ${credential("second")}; fi`,
  );
  for (let i = 0; i < 5; i += 1)
    await expect(status()).rejects.toThrow(/no credentials could be had/);
  expect(await status()).toBe(200);
  expect(await runs()).toBe(6);
});

test("a service account's token that was rotated counts at once, and one that is away is looked for again", async () => {
  const tls = selfSigned();
  const secure = await startApiServer({ objects: { nodes: [] }, token: "second", tls });
  const account = join(folder, "var/run/secrets/kubernetes.io/serviceaccount");
  await mkdir(account, { recursive: true });
  await writeFile(join(account, "ca.crt"), tls.cert);
  await writeFile(join(account, "token"), "first");
  vi.stubEnv("KUBERNETES_SERVICE_HOST", "127.0.0.1");
  vi.stubEnv("KUBERNETES_SERVICE_PORT", new URL(secure.url).port);
  source = apiSource(async () => loadInCluster(folder));
  try {
    expect(await status()).toBe(401);
    await writeFile(join(account, "token"), "second");
    expect(await status()).toBe(200);
    await writeFile(join(account, "token"), "first");
    source.close();
    source = apiSource(async () => loadInCluster(folder));
    expect(await status()).toBe(401);
    await rm(join(account, "token"));
    await expect(status()).rejects.toThrow(/there is no token/);
    await writeFile(join(account, "token"), "second");
    expect(await status()).toBe(200);
  } finally {
    vi.unstubAllEnvs();
    await secure.close();
  }
});

test("where one connection died in silence, those at rest are left too", async () => {
  await write(kubeconfigFor(server.url, "second"));
  await Promise.all([status(), status(), status()]);
  const before = server.connections();
  const ending = new AbortController();
  const { signal } = ending;
  const asked = source.get("/never", { accept: "x/y", endless: false, signal });
  asked.catch(() => undefined);
  await expect.poll(() => server.requests.at(-1)?.path).toBe("/never");
  ending.abort(new Silent(75_000, false));
  await expect(asked).rejects.toThrow(/./);
  await Promise.all([status(), status()]);
  expect(server.connections()).toBeGreaterThanOrEqual(before + 2);
});

test("many who ask at once are one question to the plugin", async () => {
  await withPlugin(`sleep 0.1; ${credential("second")}`);
  expect(new Set(await Promise.all(Array.from({ length: 10 }, async () => status())))).toEqual(
    new Set([200]),
  );
  expect([loads, await runs()]).toEqual([1, 1]);
});

test("a token that has run out is asked for anew before it is refused", async () => {
  await withPlugin(credential("second", ',"expirationTimestamp":"2020-01-01T00:00:00Z"'));
  expect(await status()).toBe(200);
  expect(await status()).toBe(200);
  expect([loads, await runs()]).toEqual([1, 2]);
});

test("a plugin that hangs is left, and asked anew the next time", async () => {
  await withPlugin(
    `if [ $(wc -l < ${folder}/runs) = 1 ]; then exec sleep 2; else ${credential("second")}; fi`,
  );
  await expect(status(AbortSignal.timeout(700))).rejects.toThrow(/./);
  expect(await status()).toBe(200);
});

test("a kubeconfig that is away is looked for again", async () => {
  await expect(status()).rejects.toThrow(/there is no kubeconfig/);
  await write(kubeconfigFor(server.url, "second"));
  expect(await status()).toBe(200);
});

test("connections are kept by an agent of our own, which can be closed", async () => {
  await write(kubeconfigFor(server.url, "second"));
  expect(await status()).toBe(200);
  expect(await status()).toBe(200);
  expect(server.connections()).toBe(1);
  const { port } = new URL(server.url);
  const shared = [
    ...Object.keys(http.globalAgent.freeSockets),
    ...Object.keys(http.globalAgent.sockets),
  ];
  expect(shared.filter((name) => name.includes(`:${port}:`))).toEqual([]);
});

test("a redirection is not followed: the token stays with its server", async () => {
  const other = await startApiServer({ objects: { nodes: [] } });
  await server.close();
  server = await startApiServer({
    objects: {},
    fault: () => ({ status: 307, headers: { location: `${other.url}/api/v1/nodes` } }),
  });
  await write(kubeconfigFor(server.url, "second"));
  expect(await status()).toBe(307);
  expect(other.requests).toEqual([]);
  await other.close();
});
