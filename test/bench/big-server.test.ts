import { afterAll, beforeAll, expect, test } from "vitest";
import { loadKubeconfig } from "#shared/adapters/kubernetes/kubeconfig.ts";
import { protobufFormat } from "#shared/adapters/kubernetes/protobuf/format.ts";
import { systemClock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import { jsonFormat } from "#shared/adapters/kubernetes/reflector/json-format.ts";
import { reflect } from "#shared/adapters/kubernetes/reflector/reflector.ts";
import { apiSource } from "#shared/adapters/kubernetes/reflector/source.ts";
import type { Kind, Kinds } from "#shared/cluster/cluster.ts";
import { startFakeServer, type BenchServer } from "./servers.ts";

const SIZE = { nodes: 20, pods: 300, daemonSets: 4 };

let server: BenchServer;
beforeAll(async () => {
  server = await startFakeServer(SIZE);
});
afterAll(async () => server.stop());

/** Everything of a kind, as the product reads it, in pages or inside a watch. */
async function read<K extends Kind>(
  kind: K,
  format: typeof jsonFormat | typeof protobufFormat,
): Promise<readonly Kinds[K][]> {
  const config = await loadKubeconfig({ kubeconfig: server.kubeconfig });
  const source = apiSource(() => Promise.resolve(config));
  let told = (_objects: readonly Kinds[K][]): void => undefined;
  const all = new Promise<readonly Kinds[K][]>((resolve) => (told = resolve));
  const reflector = reflect<K, Kinds[K]>({
    kind,
    source,
    clock: systemClock,
    keep: (object) => object,
    format: format(kind),
    take([change]) {
      if (change?.is === "reset") told(change.objects);
    },
  });
  const objects = await all;
  await reflector.stop();
  source.close();
  return objects;
}

test.each([
  ["Node", 20],
  ["Pod", 300],
  ["DaemonSet", 4],
  ["Service", 0],
] as const)("%s: JSON and protobuf say the same of all %i", async (kind, count) => {
  const json = await read(kind, jsonFormat);

  expect(json).toHaveLength(count);
  expect(new Set(json.map(({ uid }) => uid)).size).toBe(count);
  expect(await read(kind, protobufFormat)).toEqual(json);
});

type List = {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
};

test("pages are one list", async () => {
  const names: string[] = [];
  let pages = 0;
  for (let next = ""; ;) {
    const answer = await fetch(`${server.changes}/api/v1/pods?limit=128&continue=${next}`);
    const { metadata, items } = (await answer.json()) as List;
    names.push(...items.map((item) => item.metadata.name));
    pages += 1;
    next = metadata.continue ?? "";
    if (next === "") break;
  }

  expect(pages).toBe(3);
  expect(new Set(names).size).toBe(SIZE.pods);
});

test("a pod has the size of a large cluster's, a third of it managed fields", async () => {
  const answer = await fetch(`${server.changes}/api/v1/pods`);
  const { items } = (await answer.json()) as { items: { metadata: { managedFields: unknown } }[] };
  const bytes = (of: unknown): number => JSON.stringify(of).length;
  const mean = bytes(items) / items.length;

  expect(mean).toBeGreaterThan(9000);
  expect(mean).toBeLessThan(9800);
  expect(bytes(items[0]?.metadata.managedFields) / bytes(items[0])).toBeGreaterThan(0.28);
});
