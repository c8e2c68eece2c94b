import { describe, expect, test } from "vitest";
import type {
  DaemonSetExplanation,
  Explanation,
  NodeExplanation,
  PlacementExplanation,
} from "#shared/report/explanation.ts";
import { dsaudit } from "../../fixtures/command.ts";

/** The demo's cluster has something of everything. */
async function told(...words: readonly string[]): Promise<Explanation> {
  const { code, out, err } = await dsaudit(["explain", "--demo", "-o", "json", ...words]);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Explanation;
}
const text = async (...words: readonly string[]): Promise<string> =>
  (await dsaudit(["explain", "--demo", ...words], { env: { COLUMNS: "100" } })).out;

describe("one DaemonSet on one node", () => {
  test("the arithmetic, who holds the room, what would make it fit, what to do and its price", async () => {
    const answer = (await told("ds/logging/fluent-bit", "node/memory-4")) as PlacementExplanation;
    expect(answer).toMatchObject({
      kind: "PlacementExplanation",
      verdict: "gap",
      cause: "insufficient-memory",
      intended: true,
      complete: true,
    });
    const memory = answer.arithmetic.find(({ resource }) => resource === "memory");
    expect(memory).toMatchObject({
      requested: "268435456",
      free: "184549376",
      missing: "83886080",
    });
    expect(answer.holders[0]).toMatchObject({ resource: "memory", priority: 100_000 });
    expect(answer.wouldFit).toEqual([
      "its memory request were at most 176Mi",
      expect.stringMatching(/^search\/cache-\S+ went$/),
    ]);
    expect(answer.remedies.map(({ action }) => action)).toContain("raise-priority");
    expect(answer.findings).toHaveLength(1);
  });

  test("as text it says the same, in sections", async () => {
    const said = await text("ds/logging/fluent-bit", "node/memory-4");
    expect(said).toMatch(/^logging\/fluent-bit on memory-4 {3}demo · v1\.33\.5/);
    expect(said).toContain("\nGAP   insufficient-memory   for ");
    expect(said).toContain("\nWANTED THERE?   yes\n  yes   node selector and affinity: ");
    expect(said).toContain(
      "\nWOULD IT FIT?   no\n  RESOURCE   REQUESTED    FREE     USED   ALLOCATABLE   MISSING\n",
    );
    expect(said).toMatch(/\n {2}memory {9}256Mi {3}176Mi .* 80Mi\n/);
    expect(said).toContain("It would fit if its memory request were at most 176Mi, or if search/");
    expect(said).toContain("\nITS POD\n");
    expect(said).toContain("\nWHAT TO DO\n");
    expect(said).toContain("kubectl -n logging patch daemonset/fluent-bit");
    expect(said).toMatch(
      /Part of \w+ finding insufficient-memory, DaemonSet logging\/fluent-bit, on\n?3 nodes|on 3 nodes/,
    );
  });

  test("a taint that is not tolerated is the reason why it is not wanted", async () => {
    const answer = (await told("ds/logging/fluent-bit", "node/gpu-1")) as PlacementExplanation;
    expect(answer).toMatchObject({ verdict: "excluded", eligible: false, intended: false });
    expect(answer.wanted).toContainEqual({
      check: "taint nvidia.com/gpu=present:NoSchedule",
      holds: false,
      says: "not tolerated",
    });
    expect(await text("ds/logging/fluent-bit", "node/gpu-1")).toContain(
      "WANTED THERE?   no, but a pod that is there may stay\n",
    );
  });

  test("a host port that somebody holds is named with its holder", async () => {
    const answer = (await told(
      "ds/monitoring/node-exporter",
      "node/general-7",
    )) as PlacementExplanation;
    expect(answer.hostPorts).toEqual([
      {
        check: "host port TCP 9100",
        holds: false,
        says: expect.stringMatching(/^held by legacy\/metrics-proxy-\S+ of ReplicaSet /) as string,
      },
    ]);
  });

  test("where all is well it says so, and advises nothing", async () => {
    const answer = (await told(
      "ds/kube-system/aws-node",
      "node/general-1",
    )) as PlacementExplanation;
    expect(answer).toMatchObject({ verdict: "covered", remedies: [], findings: [] });
    expect(answer.arithmetic.every(({ missing }) => missing === "0")).toBe(true);
    expect(await text("ds/kube-system/aws-node", "node/general-1")).toContain(
      "a healthy pod is there",
    );
  });

  test("its pod names it too", async () => {
    const { pods } = (await told("ds/logging/fluent-bit", "node/memory-4")) as PlacementExplanation;
    const answer = await told(`pod/logging/${pods[0]?.name}`);
    expect(answer).toMatchObject({ daemonSet: "logging/fluent-bit", node: "memory-4" });
  });
});

describe("one node", () => {
  test("every daemon that is or should be there, the worst first; its room", async () => {
    const answer = (await told("node/general-7")) as NodeExplanation;
    expect(answer).toMatchObject({ pool: "general", phase: { name: "steady" }, compute: "ec2" });
    expect(answer.daemons[0]).toMatchObject({
      daemonSet: "monitoring/node-exporter",
      verdict: "gap",
      cause: "host-port-conflict",
    });
    expect(answer.daemons).toHaveLength(8);
    expect(answer.pods.limit).toBe(58);
  });

  test("what is amiss with it: phase, conditions, taints", async () => {
    const said = await text("node/general-9");
    expect(said).toMatch(/\ndark {3}for \d+m {3}its kubelet does not renew its lease\n/);
    expect(said).toContain(
      "  Ready, DiskPressure, MemoryPressure, PIDPressure: Unknown for 47m; NodeStatusUnknown",
    );
    expect(said).toContain("taint node.kubernetes.io/unreachable:NoExecute (kept by Kubernetes)");
  });

  test("on Fargate daemons cannot run, and that is said", async () => {
    expect(await text("node/fargate-1")).toContain("it is outside coverage");
  });

  test("those that are not meant for it are counted, and listed with -o wide", async () => {
    expect(await text("node/general-7")).toContain("and 1 not meant for this node (-o wide)");
    expect(await text("node/general-7", "-o", "wide")).toContain(
      "excluded   kube-system/nvidia-device-plugin",
    );
  });
});

describe("one DaemonSet", () => {
  test("where, why not elsewhere, how its rollout stands, how it is reached", async () => {
    const answer = (await told("ds/observability/otel-agent")) as DaemonSetExplanation;
    expect(answer.pools.map(({ pool }) => pool)).toContain("gpu");
    expect(answer.rollout).toMatchObject({ outdated: 15, budget: { maxUnavailable: 1 } });
    expect(answer.rollout.budget?.usedBy).toContain("general-9");
    expect(answer.rollout.says.join()).toContain("so no further pod is replaced");
    expect(answer.reach[0]).toMatchObject({
      way: "service",
      name: "observability/otel-agent",
      says: expect.stringContaining("internalTrafficPolicy Local") as string,
    });
  });

  test("one that nothing reaches as far as we see: it is said that we cannot see", async () => {
    const said = await text("ds/logging/fluent-bit");
    expect(said).toContain("no Service selects it and it declares no host port");
    expect(said).toMatch(
      /excluded {3}\d nodes\n {4}taint nvidia\.com\/gpu=present:NoSchedule is not tolerated\n/,
    );
  });

  test("by its name alone, or with -n", async () => {
    const named = await told("ds/fluent-bit");
    expect(named).toMatchObject({ namespace: "logging", name: "fluent-bit" });
    expect(await told("ds", "fluent-bit", "-n", "logging")).toEqual(named);
  });
});

test("colour changes nothing but colour, and no line of prose is wider than the terminal", async () => {
  for (const words of [["node/general-9"], ["ds/observability/otel-agent"]]) {
    const { out } = await dsaudit(["explain", "--demo", ...words], { terminal: 72 });
    expect(out).toContain("\u001b[");
    // oxlint-disable-next-line no-control-regex
    const plain = out.replaceAll(/\u001b\[[\d;]*m/g, "");
    expect(plain).toBe(
      (await dsaudit(["explain", "--demo", ...words], { env: { COLUMNS: "72" } })).out,
    );
  }
});
