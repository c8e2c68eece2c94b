import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readLive } from "#shared/adapters/kubernetes/read-live.ts";
import { startApiServer, type ApiServer } from "../../../fixtures/api-server.ts";

let folder: string;
let server: ApiServer | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dsaudit-"));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

async function nodePools(text: string) {
  server = await startApiServer({
    objects: {},
    fault: ({ resource }) => (resource === "nodepools" ? { text } : undefined),
  });
  const kubeconfig = join(folder, "config");
  await writeFile(kubeconfig, server.kubeconfig);
  const wait = () => Promise.resolve();
  const cluster = await readLive({ kubeconfig, pace: { wait, random: () => 0 } });
  return [
    cluster.NodePool.map(({ name }) => name),
    cluster.notSeen.find(({ kind }) => kind === "NodePool")?.why,
  ];
}

const GROUP = "karpenter.sh/v1";
const POOL = { apiVersion: GROUP, kind: "NodePool", metadata: { name: "general" } };
const OTHER = { ...POOL, kind: "NodeClass" };

// apiextensions-apiserver answers with unstructured lists, which are Go maps: encoding/json sorts their keys.
test.each([
  [
    "of custom resources, whose kind stands behind the items",
    { apiVersion: GROUP, items: [POOL], kind: "NodePoolList", metadata: {} },
    [["general"], undefined],
  ],
  [
    "of which an item is of another kind",
    { apiVersion: GROUP, items: [OTHER, POOL], kind: "NodePoolList", metadata: {} },
    [["general"], undefined],
  ],
  [
    "whose kind stands before items that say none",
    { kind: "NodePoolList", apiVersion: GROUP, items: [{ metadata: POOL.metadata }], metadata: {} },
    [["general"], undefined],
  ],
  [
    "that turns out to be of another kind",
    { apiVersion: GROUP, items: [POOL], kind: "NodeClassList", metadata: {} },
    [[], "failed"],
  ],
] as const)("a list %s", async (_which, body, says) => {
  expect(await nodePools(JSON.stringify(body))).toEqual(says);
});
