import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { drain } from "#shared/adapters/kubernetes/retry.ts";
import { loadKubeconfig } from "#shared/adapters/kubernetes/kubeconfig.ts";
import { systemClock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import type { Limits } from "#shared/adapters/kubernetes/reflector/limits.ts";
import { reflect, type Reflector } from "#shared/adapters/kubernetes/reflector/reflector.ts";
import { apiSource, type ApiSource } from "#shared/adapters/kubernetes/reflector/source.ts";
import type { Kind } from "#shared/cluster/cluster.ts";
import {
  kubeconfigFor,
  startApiServer,
  type ApiServer,
  type ApiServerOptions,
} from "../../fixtures/api-server.ts";
import { selfSigned } from "../../fixtures/certificate.ts";
import { follower, named } from "../../fixtures/follower.ts";
import { overHttp } from "../../fixtures/watched-source.ts";
import { watchedStore, type Store } from "../../fixtures/watched-store.ts";
import { swallowingProxy, type Proxy } from "../swallowing-proxy.ts";

/** Times are a 250th of what they will be. */
const SHORT: Partial<Limits> = { idle: 300, backOff: [4, 120], expired: 8, refused: 150 };
const KINDS = ["Node", "DaemonSet", "Pod"] as const satisfies readonly Kind[];
const soon = { timeout: 5000, interval: 10 };
const pause = async (milliseconds: number): Promise<void> =>
  systemClock.wait(milliseconds, new AbortController().signal);

let folder: string;
let closing: (() => unknown)[];
let stores: ReadonlyMap<string, Store>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dsaudit-"));
  closing = [];
  stores = new Map(
    [
      ["nodes", { kind: "Node", apiVersion: "v1" }] as const,
      ["daemonsets", { kind: "DaemonSet", apiVersion: "apps/v1" }] as const,
      ["pods", { kind: "Pod", apiVersion: "v1" }] as const,
    ].map(([plural, of]) => [plural, watchedStore(systemClock, 100, of)]),
  );
  for (const store of stores.values()) put(store, "first", 1);
});
afterEach(async () => {
  for (const close of closing.toReversed()) await close();
  await rm(folder, { recursive: true });
});

const put = (store: Store, name: string, v: number): void =>
  store.place(name, {
    ...store.get("first"),
    ...ofStore(store),
    metadata: { name, labels: { v: `${v}` } },
  });
const ofStore = (store: Store): { kind: string; apiVersion: string } => {
  const [plural] = [...stores].find(([, one]) => one === store) ?? ["nodes"];
  const kind = { nodes: "Node", daemonsets: "DaemonSet", pods: "Pod" }[plural] ?? "Node";
  return { kind, apiVersion: kind === "DaemonSet" ? "apps/v1" : "v1" };
};

async function serve(options: Partial<ApiServerOptions> = {}): Promise<ApiServer> {
  const server = await startApiServer({
    objects: { daemons: [] },
    handle({ path, resource }, response) {
      const store = stores.get(resource);
      return store ? overHttp(store)(path, response) : false;
    },
    ...options,
  });
  closing.push(async () => server.close());
  return server;
}

async function sourceOf(
  url: string,
  cluster: Readonly<Record<string, unknown>> = {},
): Promise<ApiSource> {
  const kubeconfig = join(folder, "config");
  await writeFile(kubeconfig, kubeconfigFor(url, "secret-token", cluster));
  await loadKubeconfig({ kubeconfig });
  const source = apiSource(async () => loadKubeconfig({ kubeconfig }));
  closing.push(() => source.close());
  return source;
}

type Following = { readonly one: Reflector; readonly seen: ReturnType<typeof follower> };

function followAll(source: ApiSource): readonly Following[] {
  return KINDS.map((kind) => {
    const seen = follower();
    const one = reflect<Kind, ReturnType<typeof named>>({
      kind,
      source,
      clock: systemClock,
      // Of every kind the test reads what they have in common.
      keep: (object) => named(object as Parameters<typeof named>[0]),
      take: (changes) => seen.take(changes),
      limits: SHORT,
    });
    closing.push(async () => one.stop());
    return { one, seen };
  });
}
const views = (all: readonly Following[]) => all.map(({ seen }) => seen.view());
const names = (): readonly (readonly string[])[] =>
  [...stores.values()].map((store) => store.names());

test("half-open connections, those at rest too, are noticed and left within the limit of silence", async () => {
  const server = await serve();
  const proxy: Proxy = await swallowingProxy(Number(new URL(server.url).port));
  closing.push(async () => proxy.close());
  const source = await sourceOf(`http://127.0.0.1:${proxy.port}`);
  const all = followAll(source);
  await expect.poll(() => views(all), soon).toEqual(names());
  // Connections that wait for a next request, and are as dead as the others.
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const signal = new AbortController().signal;
      await drain(
        await source.get("/api/v1/daemons", { accept: "application/json", endless: false, signal }),
      );
    }),
  );
  proxy.swallow();
  const began = systemClock.now();
  for (const store of stores.values()) put(store, "second", 2);
  await expect.poll(() => views(all), soon).toEqual(names());
  // Silence is 300 ms here, which stand for 75 s: the second try must find a connection that lives.
  expect(systemClock.now() - began).toBeLessThan(900);
});

test("three kinds and a thousand requests need at most six connections", async () => {
  const tls = selfSigned();
  const server = await serve({ tls });
  const ca = Buffer.from(tls.cert).toString("base64");
  const source = await sourceOf(server.url, { "certificate-authority-data": ca });
  const all = followAll(source);
  await expect.poll(() => views(all), soon).toEqual(names());
  const ask = async (): Promise<void> => {
    const signal = new AbortController().signal;
    const answer = await source.get("/api/v1/daemons", {
      accept: "application/json",
      endless: false,
      signal,
    });
    expect(answer.status).toBe(200);
    await drain(answer);
  };
  for (let i = 0; i < 1000 / 3; i += 1) await Promise.all([ask(), ask(), ask()]);
  expect(server.connections()).toBeLessThanOrEqual(6);
});

test("W20: a server whose certificate is no longer trusted is refused, and told, and never asked without", async () => {
  const [first, other] = [selfSigned(), selfSigned()];
  const server = await serve({ tls: first });
  const proxied = { port: Number(new URL(server.url).port) };
  const ca = Buffer.from(first.cert).toString("base64");
  const source = await sourceOf(server.url, { "certificate-authority-data": ca });
  const all = followAll(source);
  await expect.poll(() => views(all), soon).toEqual(names());
  await server.close();
  const requests: string[] = [];
  const { createServer } = await import("node:https");
  const impostor = createServer({ key: other.key, cert: other.cert }, ({ url }) => {
    requests.push(url ?? "");
  });
  await new Promise<void>((resolve) => impostor.listen(proxied.port, "127.0.0.1", resolve));
  closing.push(() => impostor.close());
  const failures = all.map(({ one }) => one.health().failures);
  await expect
    .poll(() => all.every(({ one }, i) => one.health().failures > (failures[i] ?? 0) + 4), soon)
    .toBe(true);
  for (const { one } of all) expect(one.health().lastFailure).toMatch(/certificate|self-signed/i);
  expect(requests).toEqual([]);
});

test.each([
  ["before anything is asked", async (): Promise<void> => Promise.resolve()],
  ["while it lists", async (): Promise<void> => pause(3)],
  ["while it watches", async (): Promise<void> => pause(250)],
  [
    "while it waits for a server that fails",
    async (): Promise<void> => {
      for (const store of stores.values()) {
        store.trouble = () => ({ status: 500 });
        store.inject({ ends: "cut" });
      }
      await pause(300);
    },
  ],
  [
    "while it waits for an answer",
    async (): Promise<void> => {
      for (const store of stores.values()) {
        store.trouble = () => "silent";
        store.inject({ ends: "cut" });
      }
      await pause(50);
    },
  ],
  [
    "in the middle of a line",
    async (): Promise<void> => {
      await pause(200);
      for (const store of stores.values()) store.inject({ raw: '{"type":"MOD', ends: "silent" });
      await pause(20);
    },
  ],
] as const)("a stop %s leaves no connection and no timer 100 ms later", async (_when, until) => {
  const server = await serve();
  const proxy = await swallowingProxy(Number(new URL(server.url).port));
  closing.push(async () => proxy.close());
  const source = await sourceOf(`http://127.0.0.1:${proxy.port}`);
  await pause(100);
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const all = followAll(source);
  await until();
  await Promise.all(all.map(({ one }) => one.stop()));
  source.close();
  await pause(100);
  expect([proxy.open(), [...stores.values()].map((store) => store.open())]).toEqual([0, [0, 0, 0]]);
  expect(timers()).toBeLessThanOrEqual(before);
});
