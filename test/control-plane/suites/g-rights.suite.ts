import { afterAll, beforeAll, expect, test } from "vitest";
import { readLive } from "#shared/adapters/kubernetes/read-live.ts";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { AuditorError } from "#shared/auditor-error.ts";
import type { Kind } from "#shared/cluster/cluster.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { findingsOf } from "#shared/findings/make-findings.ts";
import { makeReport } from "#shared/report/make-report.ts";
import { HURRIED } from "../judged.ts";
import { each, priorityClasses } from "../random-steps.ts";
import { agent, healthyAgent, nodeAt, pinnedPod, setTaints, stageOf } from "../stage.ts";
import { startWorld, until, type World } from "../world.ts";

const KARPENTERS: readonly Kind[] = ["NodePool", "NodeClaim"];
const SERVED = RESOURCES.filter(({ kind }) => !KARPENTERS.includes(kind));

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await priorityClasses(world);
  await trouble();
  await world.create({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "reader" },
    rules: [],
  });
  await world.create({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "reader" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "reader" }],
  });
});
afterAll(() => world.close());

/** Something of everything: a daemon that is well, one that waits, one that crashes, one that is where it should not be. */
async function trouble(): Promise<void> {
  const stage = await stageOf(world, "rights");
  await healthyAgent(stage);
  await setTaints(stage, 2, [{ key: "team", effect: "NoSchedule" }]);
  const node = nodeAt(stage, 1);
  await world.create(
    pinnedPod(
      stage,
      { name: "filler", node },
      {
        containers: [
          {
            name: "c",
            image: "registry.example/filler",
            resources: { requests: { cpu: "3900m" } },
          },
        ],
      },
    ),
  );
  const resources = { requests: { cpu: "500m" } };
  await world.create(agent(stage, { name: "large", container: { resources } }));
  await world.create(agent(stage, { name: "crash", annotations: { "hollow/play": "crash" } }));
}

/** RBAC is watched by the API server: it takes a moment. */
async function grant(kinds: readonly Kind[]): Promise<void> {
  const rules = RESOURCES.filter(({ kind }) => kinds.includes(kind)).map(({ group, plural }) => ({
    apiGroups: [group],
    resources: [plural],
    verbs: ["list"],
  }));
  await world.patch("/apis/rbac.authorization.k8s.io/v1/clusterroles/reader", { rules });
  const client = world.clientOf("reader");
  try {
    await until("the rights are as granted", 20, async () => {
      const seen = new Map<Kind, boolean>();
      await each(SERVED, async ({ kind, group, version, plural }) => {
        const api = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
        const { status } = await client.call("GET", `${api}/${plural}?limit=1`);
        seen.set(kind, status === 200);
      });
      return SERVED.every(({ kind }) => seen.get(kind) === kinds.includes(kind)) ? true : undefined;
    });
  } finally {
    client.close();
  }
}

async function report() {
  const cluster = await readLive({ kubeconfig: world.kubeconfigOf("reader") });
  const { facts, ...audit } = auditCluster(cluster, HURRIED);
  const findings = findingsOf({ facts, ...audit });
  expect(audit.unanswered.filter(({ threw }) => threw)).toEqual([]);
  return makeReport(facts, findings, { placements: true });
}

type Report = Awaited<ReturnType<typeof report>>;

const why = ({ notSeenBecause }: Report) =>
  new Map(notSeenBecause.map((one) => [one.kind, one.why]));

test("with every right all is seen but what this cluster does not serve", async () => {
  await grant(RESOURCES.map(({ kind }) => kind));
  const all = await report();
  expect([...why(all)]).toEqual(KARPENTERS.map((kind) => [kind, "not-served"]));
  expect(all.complete).toBe(true);
  const { summary } = await until("all that is wrong has had its time", 30, async () => {
    const later = await report();
    return later.summary.starting === 0 ? later : undefined;
  });
  expect(summary).toMatchObject({ intended: 6, covered: 3, gaps: 3 });
});

const CORE: readonly Kind[] = ["Node", "Pod", "DaemonSet"];

/** What is wrong about an audit that may not see one kind. */
function faults(less: Report, whole: Report, kind: Kind): readonly string[] {
  const named = less.findings.some(
    ({ cause, summary, evidence }) =>
      cause === "cannot-see" && `${summary} ${JSON.stringify(evidence)}`.includes(kind),
  );
  // Where no DaemonSet was read, its pods are all that tells where it should be: incomplete, and said to be.
  const better = kind !== "DaemonSet" && less.summary.covered > whole.summary.covered;
  return [
    why(less).get(kind) === "forbidden" ? "" : `${kind} is ${why(less).get(kind) ?? "read"}`,
    less.complete === CORE.includes(kind) ? `complete without ${kind} is ${less.complete}` : "",
    better ? `without ${kind} ${less.summary.covered} are covered` : "",
    named ? "" : `nothing tells that ${kind} was not seen`,
  ].filter((fault) => fault !== "");
}

test("each right that is taken away is named, throws nothing and makes nothing look better", async () => {
  const all = SERVED.map(({ kind }) => kind);
  await grant(all);
  const whole = await report();
  const found: string[] = [];
  for (const kind of all) {
    await grant(all.filter((one) => one !== kind));
    found.push(...faults(await report(), whole, kind));
  }
  expect(found).toEqual([]);
});

test("without any right nothing is told as well", async () => {
  await grant([]);
  const none = await report();
  expect(none.complete).toBe(false);
  expect(none.summary).toMatchObject({ nodes: 0, covered: 0 });
});

const codeOf = async (reading: Promise<unknown>): Promise<string> => {
  try {
    await reading;
    return "it was read";
  } catch (error) {
    return error instanceof AuditorError ? error.code : String(error);
  }
};

test("an API server that is down is told as that, and read again when it is back", async () => {
  await world.kill("kube-apiserver");
  expect(await codeOf(readLive({ kubeconfig: world.kubeconfig }))).toBe("cluster.unreachable");
  await world.start("kube-apiserver");
  expect((await readLive({ kubeconfig: world.kubeconfig })).Node).toHaveLength(3);
});
