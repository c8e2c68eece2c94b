import { expect, test } from "vitest";
import type { Kind, Kinds } from "#shared/cluster/cluster.ts";
import { readAs, RESOURCES } from "#shared/cluster/read/object.ts";
import { forward, type ForwardPorts, type Forwarding } from "#shared/flow/forward.ts";
import type { Follow, Told } from "#shared/flow/watch-cluster.ts";
import type { BusEntry, Delivery, Wish } from "#shared/ports.ts";
import type { Epoch } from "#shared/states/row.ts";
import {
  daemonPodJson,
  daemonSetJson,
  namespaceJson,
  nodeJson,
} from "../../fixtures/kubernetes-json.ts";
import { seeded, virtualClock, type VirtualClock } from "../../fixtures/virtual-clock.ts";

const WALL = Date.UTC(2026, 10, 25);
const EPOCH: Epoch = { createdAt: WALL, transitions: 3 };
const ACCEPTED: Delivery = { accepted: true };

/** What a test knows of one kind that is followed: all that it told is kept as the flow wants it, and taken at once. */
type Followed = {
  readonly namespace: string | undefined;
  tell(told: Told<Kinds[Kind]>): void;
  lastByte: number | undefined;
  stopped: boolean;
};

type Bed = {
  readonly clock: VirtualClock;
  readonly kinds: Map<Kind, Followed>;
  /** Events that reached the bus. */
  readonly bus: { readonly type: string; readonly detail: Json; readonly text: string }[];
  readonly forwarding: Forwarding;
  /** All that was said of the bus, the lead and the reflectors, in order. */
  readonly order: string[];
  readonly calls: { count: number };
  put: (entries: readonly BusEntry[], signal: AbortSignal) => Promise<readonly Delivery[]>;
  wishes: Wish[];
  /** As the Lease has it; what `lead` was told may be older. */
  leads: boolean;
  readonly lead: (epoch: Epoch | undefined) => void;
  readonly reset: (kind: Kind, ...objects: readonly Json[]) => void;
  /** Every kind is told once. */
  readonly seeAll: () => void;
  readonly types: () => readonly string[];
  readonly take: () => readonly string[];
};
type Json = Readonly<Record<string, unknown>>;

const NODES = [nodeJson("n1"), nodeJson("n2")];
const PODS = [daemonPodJson("agent", "n1"), daemonPodJson("agent", "n2")];
const SETS = [daemonSetJson("agent")];
const NAMESPACES = [namespaceJson("kube-system", "uid-1")];

function bed(ports: Partial<ForwardPorts> = {}): Bed {
  const clock = virtualClock(seeded(1));
  const kinds: Bed["kinds"] = new Map();
  const order: string[] = [];
  let told: (epoch: Epoch | undefined) => void = () => undefined;
  const follow: Follow = ({ kind, namespace, keep, take }) => {
    const followed: Followed = {
      namespace,
      lastByte: undefined,
      stopped: false,
      tell(one) {
        // The kind is the one that is followed, and so are its objects.
        const kept = keep as (object: unknown) => never;
        if (one.is === "reset") take([{ is: "reset", objects: one.objects.map(kept) }]);
        else if (one.is === "put") take([{ is: "put", object: kept(one.object) }]);
        else take([one]);
      },
    };
    kinds.set(kind, followed);
    return {
      health: () => ({ lastByte: followed.lastByte }),
      stop: async () => {
        await Promise.resolve();
        followed.stopped = true;
        if (kind === "Node") order.push("reflectors stopped");
      },
    };
  };
  const made: Bed = {
    clock,
    kinds,
    bus: [],
    order,
    calls: { count: 0 },
    put: async (entries) => Promise.resolve(entries.map(() => ACCEPTED)),
    wishes: [],
    leads: false,
    lead(epoch) {
      made.leads = epoch !== undefined;
      told(epoch);
    },
    reset(kind, ...objects) {
      const read = objects.map((json) => readAs(kind, json));
      kinds.get(kind)?.tell({ is: "reset", objects: read });
    },
    seeAll() {
      for (const { kind } of RESOURCES) made.reset(kind, ...(THERE[kind] ?? []));
    },
    types: () => made.bus.map(({ type }) => type),
    take: () => made.bus.splice(0).map(({ type }) => type),
    forwarding: forward({
      cluster: "uid-1",
      version: "9.9.9",
      follow,
      lead(tell) {
        told = tell;
        return {
          isLeading: () => made.leads,
          stop: async () => {
            await Promise.resolve();
            order.push("lead let go");
            made.lead(undefined);
          },
        };
      },
      async put(entries, signal) {
        made.calls.count += 1;
        const deliveries = await made.put(entries, signal);
        for (const [at, { detailType, detail }] of entries.entries())
          if (deliveries[at]?.accepted) {
            const text = detail;
            made.bus.push({ type: detailType, detail: JSON.parse(detail) as Json, text });
            order.push(detailType);
          }
        return deliveries;
      },
      takeWishes: async () => Promise.resolve(made.wishes.splice(0)),
      greet: async () => Promise.resolve({ version: "v1.34.2", time: WALL + clock.now() - 90_000 }),
      clock,
      wall: () => WALL + clock.now(),
      trouble: (what) => void order.push(what),
      ...ports,
    }),
  };
  return made;
}

const THERE: Partial<Record<Kind, readonly Json[]>> = {
  Node: NODES,
  Pod: PODS,
  DaemonSet: SETS,
  Namespace: NAMESPACES,
};

/** Seen, leading, and all of it said. */
async function running(ports: Partial<ForwardPorts> = {}): Promise<Bed> {
  const made = bed(ports);
  made.seeAll();
  made.lead(EPOCH);
  await made.clock.pass(10_000);
  made.bus.splice(0);
  return made;
}

test("nothing is said before every kind was heard of, since half a view would be gaps that are none", async () => {
  const made = bed();
  made.lead(EPOCH);
  for (const { kind } of RESOURCES.filter(({ kind }) => kind !== "Pod"))
    made.reset(kind, ...(THERE[kind] ?? []));
  await made.clock.pass(60_000);
  expect(made.calls.count).toBe(0);
  made.reset("Pod", ...PODS);
  await made.clock.pass(10_000);

  expect(new Set(made.types())).toEqual(
    new Set(["NodeStates", "DaemonSetStates", "ObjectStates", "Snapshot", "Heartbeat"]),
  );
});

test("everything that is said names the cluster, the epoch and a number of its own", async () => {
  const made = bed();
  made.seeAll();
  made.lead(EPOCH);
  await made.clock.pass(10_000);
  const numbers = made.bus.map(({ detail }) => detail["seq"] as number);

  for (const { detail } of made.bus)
    expect(detail).toMatchObject({ version: 1, cluster: "uid-1", epoch: EPOCH });
  expect(new Set(numbers).size).toBe(numbers.length);
});

test("a replica that does not lead watches, and sends nothing", async () => {
  const made = bed();
  made.seeAll();
  await made.clock.pass(7_200_000);

  expect(made.calls.count).toBe(0);
  expect(made.forwarding.health()).toMatchObject({
    leading: false,
    sizes: { nodes: 2, daemonSets: 1, pods: 2 },
  });
});

test("a process that stood still sends nothing by a Lease whose time is over", async () => {
  const made = await running();
  made.calls.count = 0;
  // Nobody has told us yet.
  made.leads = false;
  made.kinds.get("Node")?.tell({ is: "gone", namespace: "", name: "n2", uid: "uid-Node-n2" });
  await made.clock.pass(120_000);

  expect(made.calls.count).toBe(0);
});

test("what is under way when the lead is lost is called back", async () => {
  const made = await running();
  let called = "under way";
  made.put = async (_entries, signal) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => {
        called = "back";
        reject(new Error("called back"));
      }),
    );
  made.kinds.get("Node")?.tell({ is: "gone", namespace: "", name: "n2", uid: "uid-Node-n2" });
  await made.clock.pass(5000);
  expect(called).toBe("under way");
  made.lead(undefined);
  await made.clock.pass(1);

  expect(called).toBe("back");
});

test("who leads again begins with everything", async () => {
  const made = await running();
  made.lead(undefined);
  await made.clock.pass(10_000);
  expect(made.take()).toEqual([]);
  made.lead({ ...EPOCH, transitions: 5 });
  await made.clock.pass(10_000);

  expect(made.types()).toContain("Snapshot");
  expect(made.bus[0]?.detail["epoch"]).toEqual({ ...EPOCH, transitions: 5 });
});

test("a change of a node is said within two seconds, and a quiet cluster only beats", async () => {
  const made = await running();
  const changed = nodeJson("n2", { spec: { unschedulable: true } });
  made.kinds.get("Node")?.tell({ is: "put", object: readAs("Node", changed) });
  await made.clock.pass(2300);
  expect(made.take()).toEqual(["NodeStates"]);
  await made.clock.pass(600_000);

  expect(new Set(made.types())).toEqual(new Set(["Heartbeat"]));
  expect(made.types().length).toBe(10);
});

test("a heartbeat tells how each kind is seen, since when nothing was heard, and the clock's skew", async () => {
  const made = await running();
  const lease = made.kinds.get("Lease");
  lease?.tell({ is: "not-seen", why: "forbidden", detail: "no rights" });
  for (const one of made.kinds.values()) one.lastByte = made.clock.now();
  await made.clock.pass(60_000);
  const beat = made.bus.findLast(({ type }) => type === "Heartbeat")?.detail;
  const kinds = beat?.["kinds"] as { kind: string; seen: unknown; lastByteAgeSeconds?: number }[];

  expect(kinds.length).toBe(RESOURCES.length);
  expect(kinds.find(({ kind }) => kind === "Lease")?.seen).toBe("forbidden");
  expect(kinds.find(({ kind }) => kind === "Node")?.seen).toBe(true);
  expect(kinds.find(({ kind }) => kind === "Node")?.lastByteAgeSeconds).toBeLessThan(60);
  expect(beat).toMatchObject({ skewSeconds: 90, forwarder: "9.9.9" });
});

test("a kind that may not be read is heard of, too, and said", async () => {
  const made = bed();
  for (const { kind } of RESOURCES.filter(({ kind }) => kind !== "NodePool"))
    made.reset(kind, ...(THERE[kind] ?? []));
  made.kinds.get("NodePool")?.tell({ is: "not-seen", why: "not-served", detail: "404" });
  made.lead(EPOCH);
  await made.clock.pass(10_000);
  const objects = made.bus.filter(({ type }) => type === "ObjectStates");

  expect(objects.map(({ text }) => text).join("")).toContain('"why":"not-served"');
});

test("only a list that differed from what was held makes everything be said again", async () => {
  const made = await running();
  made.reset("Pod", ...PODS);
  await made.clock.pass(5000);
  expect(made.types()).not.toContain("Snapshot");
  made.reset("Pod", ...PODS.slice(1));
  await made.clock.pass(5000);

  expect(made.types()).toContain("Snapshot");
});

test.each([
  [undefined, 3_600_000],
  [90_000, 90_000],
])("with snapshots each %s ms, the next comes in time and not before", async (given, time) => {
  const made = await running(given === undefined ? {} : { every: { snapshot: given } });
  await made.clock.pass(time - 20_000);
  expect(made.types()).not.toContain("Snapshot");
  await made.clock.pass(25_000);

  expect(made.types().filter((type) => type === "Snapshot").length).toBe(1);
});

test("a wish makes everything be said again, and only the leader takes wishes", async () => {
  const made = await running();
  made.wishes.push({ wants: "snapshot" });
  await made.clock.pass(20_000);
  expect(made.wishes).toEqual([]);
  expect(made.take()).toContain("Snapshot");
  made.lead(undefined);
  made.wishes.push({ wants: "snapshot" });
  await made.clock.pass(60_000);

  expect(made.wishes.length).toBe(1);
});

test("a queue and a version that fail are told, and nothing ends", async () => {
  const fails = async (): Promise<never> => Promise.reject(new Error("away"));
  const made = await running({ takeWishes: fails, greet: fails });
  await made.clock.pass(60_000);

  expect(made.order).toContain("wishes could not be taken");
  expect(made.order).toContain("the API server does not tell its version");
  expect(made.types()).toContain("Heartbeat");
});

test("a stop ends the watching, says what is left, beats once more, and only then lets go of the lead", async () => {
  const made = await running();
  const changed = nodeJson("n2", { spec: { unschedulable: true } });
  made.kinds.get("Node")?.tell({ is: "put", object: readAs("Node", changed) });
  made.order.splice(0);
  const stopped = made.forwarding.stop();
  await made.clock.pass(6000);
  await stopped;
  await made.forwarding.done;

  expect(made.order[0]).toBe("reflectors stopped");
  expect(made.order.slice(1, -1).toSorted()).toEqual(["Heartbeat", "NodeStates"]);
  expect(made.order.at(-1)).toBe("lead let go");
  expect([...made.kinds.values()].every(({ stopped }) => stopped)).toBe(true);
});

test("a bus that is away delays a stop by five seconds at most", async () => {
  const made = await running();
  made.put = async (_entries, signal) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(new Error("called back"))),
    );
  made.kinds.get("Node")?.tell({ is: "gone", namespace: "", name: "n2", uid: "uid-Node-n2" });
  let over = false;
  const stopped = made.forwarding.stop().then(() => (over = true));
  await made.clock.pass(5100);

  expect(over).toBe(true);
  await stopped;
});

test("of the Leases only those of nodes are followed; other components renew theirs each second", () => {
  const { kinds } = bed();

  expect(kinds.get("Lease")?.namespace).toBe("kube-node-lease");
  expect([...kinds.values()].filter(({ namespace }) => namespace !== undefined).length).toBe(1);
});
