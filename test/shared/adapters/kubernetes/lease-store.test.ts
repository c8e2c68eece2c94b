import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadKubeconfig } from "#shared/adapters/kubernetes/kubeconfig.ts";
import { lead } from "#shared/adapters/kubernetes/lead.ts";
import { leaseStore, type LeaseStore, type Term } from "#shared/adapters/kubernetes/lease-store.ts";
import { systemClock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import { apiSource, type ApiSource } from "#shared/adapters/kubernetes/reflector/source.ts";
import { kubeconfigFor, startApiServer, type ApiServer } from "../../../fixtures/api-server.ts";
import { leaseServer, type LeaseServer } from "../../../fixtures/lease-server.ts";

let folder: string;
let server: ApiServer;
let leases: LeaseServer;
let source: ApiSource;
let store: LeaseStore;
const { signal } = new AbortController();
const T = Date.UTC(2026, 10, 25, 1, 2, 3);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dsaudit-"));
  leases = leaseServer();
  server = await startApiServer({ objects: {}, handle: leases.handle, token: "right" });
  await writeFile(join(folder, "config"), kubeconfigFor(server.url, "right"));
  source = apiSource(async () => loadKubeconfig({ kubeconfig: join(folder, "config") }));
  store = leaseStore(source, { namespace: "dsaudit", name: "dsaudit-forwarder" });
});
afterEach(async () => {
  source.close();
  await server.close();
  await rm(folder, { recursive: true });
});

const term = (holder: string, transitions = 0): Term => ({
  holder,
  durationSeconds: 15,
  transitions,
  acquiredAt: T,
  renewedAt: T + 5,
});

test("a Lease is made, read, written over, and refused to whoever saw an earlier one", async () => {
  expect(await store.read(signal)).toBe("absent");
  const made = await store.create(term("one"), signal);
  if (made === "conflict") throw new Error("it was made by another");
  expect(await store.create(term("two"), signal)).toBe("conflict");
  const written = await store.update(made, term("two", 1), signal);
  expect(await store.update(made, term("one"), signal)).toBe("conflict");

  expect(written).toMatchObject({ uid: made.uid, holder: "two", transitions: 1 });
  expect(written).not.toMatchObject({ beat: made.beat });
  expect(await store.read(signal)).toEqual(written);
  leases.remove();
  expect(await store.update(made, term("one"), signal)).toBe("absent");
});

test("its fields are those of coordination.k8s.io/v1, and every body comes with its length", async () => {
  await store.create(term("one"), signal);

  const [request] = leases.requests;
  expect(request?.path).toBe("/apis/coordination.k8s.io/v1/namespaces/dsaudit/leases");
  expect(request?.headers).toMatchObject({
    "content-length": String(Buffer.byteLength(request?.body ?? "")),
    "content-type": "application/json",
    authorization: "Bearer right",
  });
  expect(JSON.parse(request?.body ?? "")).toEqual({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { namespace: "dsaudit", name: "dsaudit-forwarder" },
    spec: {
      holderIdentity: "one",
      leaseDurationSeconds: 15,
      acquireTime: "2026-11-25T01:02:03.000000Z",
      renewTime: "2026-11-25T01:02:03.005000Z",
      leaseTransitions: 0,
    },
  });
});

test.each([
  [
    403,
    "no rights",
    "may not get resource leases of coordination.k8s.io in namespace dsaudit: no rights",
    "grant get, create and update of leases in namespace dsaudit to the forwarder's service account",
  ],
  [
    500,
    "etcd is away",
    "cannot get resource leases of coordination.k8s.io in namespace dsaudit: 500: etcd is away",
    undefined,
  ],
])("an answer of %i names the verb, the resource and the namespace", async (...row) => {
  const [status, message, says, hint] = row;
  leases.trouble = () => ({ status, message });

  await expect(store.read(signal)).rejects.toMatchObject({ message: says, hint });
});

test("a namespace that does not exist is asked about", async () => {
  leases.trouble = () => ({ status: 404, message: 'namespaces "dsaudit" not found' });

  await expect(store.create(term("one"), signal)).rejects.toMatchObject({
    message:
      'cannot create resource leases of coordination.k8s.io in namespace dsaudit: namespaces "dsaudit" not found',
    hint: "does the namespace exist? --namespace names it",
  });
});

test("a token that is refused is read again before the next request, for a write too", async () => {
  await store.read(signal);
  await writeFile(join(folder, "config"), kubeconfigFor(server.url, "wrong"));
  source.close();
  source = apiSource(async () => loadKubeconfig({ kubeconfig: join(folder, "config") }));
  store = leaseStore(source, { namespace: "dsaudit", name: "dsaudit-forwarder" });
  await expect(store.create(term("one"), signal)).rejects.toMatchObject({
    code: "cluster.unreachable",
  });
  await writeFile(join(folder, "config"), kubeconfigFor(server.url, "right"));

  expect(await store.create(term("one"), signal)).toMatchObject({ holder: "one" });
});

test.each([
  ["a page of HTML", "<html>"],
  ["another object", '{"kind":"Pod"}'],
  ["a Lease without a birth", '{"metadata":{"uid":"u","resourceVersion":"1"}}'],
])("%s is no Lease", async (_what, said) => {
  const odd = await startApiServer({ objects: {}, fault: () => ({ text: said }) });
  const other = apiSource(async () => {
    await writeFile(join(folder, "odd"), odd.kubeconfig);
    return loadKubeconfig({ kubeconfig: join(folder, "odd") });
  });
  const asked = leaseStore(other, { namespace: "n", name: "l" }).read(signal);

  await expect(asked).rejects.toMatchObject({
    message: expect.stringContaining("no Lease came back") as string,
  });
  other.close();
  await odd.close();
});

test("two replicas over HTTP: one leads, stops, and the other takes over", async () => {
  const limits = { lease: 300, renew: 200, retry: 20, request: 100 };
  const start = (identity: string) => {
    const told: unknown[] = [];
    const leadership = lead({
      store,
      clock: systemClock,
      wall: Date.now,
      identity,
      limits,
      lead: (epoch) => void told.push(epoch?.transitions),
      trouble: () => undefined,
    });
    return { leadership, told };
  };
  const one = start("one");
  await expect.poll(() => one.told).toEqual([0]);
  const two = start("two");
  await expect.poll(() => two.leadership.holder()).toBe("one");
  expect(two.leadership.isLeading()).toBe(false);
  await one.leadership.stop();
  await expect.poll(() => two.told).toEqual([1]);
  await two.leadership.stop();

  expect(leases.lease()?.spec).toMatchObject({ holderIdentity: "", leaseTransitions: 1 });
  expect(one.told).toEqual([0, undefined]);
});
