import { afterEach, expect, test } from "vitest";
import { startClusterServer, type ClusterServer } from "../../fixtures/cluster-server.ts";
import { startForwarder, type RunningForwarder } from "../../fixtures/forwarder.ts";
import { nodeJson } from "../../fixtures/kubernetes-json.ts";
import { statusJson } from "../../fixtures/watched-store.ts";
import { confessions, plantedCluster, planter, type Planter } from "./planted.ts";

let server: ClusterServer;
let forwarder: RunningForwarder;
let canaries: Planter;

async function plant(protobuf: boolean): Promise<void> {
  canaries = planter();
  // What fails is told with the server's words, on the bus and in the logs.
  const refusals = confessions(canaries.secret);
  server = await startClusterServer(plantedCluster(canaries.secret), {
    protobuf,
    handle({ resource }, response) {
      const message = `nodepools: ${refusals.join(" ")}`;
      if (resource !== "nodepools") return false;
      response.writeHead(403).end(JSON.stringify(statusJson(403, message)));
      return true;
    },
  });
  forwarder = await startForwarder(server, ["--dry-run", "--log-level", "debug"]);
}
afterEach(async () => {
  await forwarder.stop();
  await server.close();
});

/** The places where a secret got out, with the words around it. */
function leaks(bytes: string): readonly string[] {
  const text = bytes.toUpperCase();
  return canaries.planted().flatMap((secret) => {
    const at = text.indexOf(secret);
    return at < 0 ? [] : [bytes.slice(Math.max(0, at - 80), at + 40)];
  });
}

const WIRES = [
  ["JSON", false],
  ["protobuf", true],
] as const;

test.each(WIRES)(
  "of 500 secrets, read as %s, none leaves the cluster: not by the bus, the logs, the figures, the answers",
  async (_as, protobuf) => {
    await plant(protobuf);
    await expect.poll(() => forwarder.out(), { timeout: 10_000 }).toContain('"Snapshot"');
    server.put("nodes", nodeJson("n3", { metadata: { annotations: { x: canaries.secret() } } }));
    await expect.poll(() => forwarder.out(), { timeout: 10_000 }).toContain('"n3"');
    const answers = await Promise.all(
      ["/metrics", "/readyz", "/healthz", "/"].map((path) => forwarder.get(path)),
    );
    const told = [forwarder.out(), forwarder.err(), ...answers.map(({ text }) => text)].join("\n");

    expect(canaries.planted().length).toBeGreaterThanOrEqual(500);
    expect(leaks(told)).toEqual([]);
  },
);

test.each(WIRES)(
  "read as %s, the objects that they were planted in are told",
  async (_as, protobuf) => {
    await plant(protobuf);
    await expect.poll(() => forwarder.out(), { timeout: 10_000 }).toContain('"Snapshot"');
    const told = forwarder.out();

    for (const name of [
      "agent-n1",
      "web-1",
      "agent-r1",
      "CrashLoopBackOff",
      "registry.example/app:1.2",
      "FailedCreate",
      "KubeletNotReady",
      "started with --db-password=***",
      '"kind":"NodePool","why":"forbidden"',
    ])
      expect(told).toContain(name);
  },
);
