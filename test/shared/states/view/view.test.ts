import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Cluster, Kind, Kinds, NotSeen } from "#shared/cluster/cluster.ts";
import { newReading } from "#shared/cluster/read/json.ts";
import { readObject, RESOURCES } from "#shared/cluster/read/object.ts";
import { inferredDaemonSets } from "#shared/cluster/read/inferred.ts";
import { controllerOf } from "#shared/cluster/metadata.ts";
import type { Event, Lease } from "#shared/cluster/policy.ts";
import { filedUnder } from "#shared/states/pods/pod-class.ts";
import type { RowKey, Urgency } from "#shared/states/row.ts";
import { view, type View } from "#shared/states/view/view.ts";
import { demoCluster } from "../../../../functions/cli/demo/demo-cluster.ts";
import { demoObjects } from "../../../../functions/cli/demo/demo-objects.ts";
import { anyStep, type AnyPut, type AnyStep } from "../../../fixtures/any-change.ts";
import { ago, daemonPod, daemonSet, metadata, node, NOW, pod } from "../../../fixtures/build.ts";

type Ref = { readonly namespace: string; readonly name: string; readonly uid: string };
const inText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: Ref, b: Ref): number =>
  inText(a.namespace, b.namespace) || inText(a.name, b.name) || inText(a.uid, b.uid);

/** A map of maps, told the same as the view: what a cluster is, without any index. */
function naive() {
  const kinds = new Map<Kind, Map<string, AnyPut>>();
  const seen = new Set<Kind>();
  const missing = new Map<Kind, NotSeen>();
  const keyOf = (kind: Kind, { namespace, name, uid }: Ref): string =>
    kind === "Pod" ? uid : `${namespace}/${name}`;
  const at = (kind: Kind): Map<string, AnyPut> => {
    const found = kinds.get(kind) ?? new Map<string, AnyPut>();
    kinds.set(kind, found);
    return found;
  };
  const of = <K extends Kind>(kind: K): readonly Kinds[K][] =>
    [...at(kind).values()].map(({ object }) => object as Kinds[K]).toSorted(byName);
  return {
    of,
    seen,
    missing,
    list: (kind: Kind): readonly AnyPut[] => [...at(kind).values()],
    put: (put: AnyPut) => void at(put.kind).set(keyOf(put.kind, put.object), put),
    remove: (kind: Kind, ref: Ref) => void at(kind).delete(keyOf(kind, ref)),
    reset: (kind: Kind) => void kinds.delete(kind),
    notSeen: (): readonly NotSeen[] =>
      RESOURCES.flatMap(
        ({ kind }) =>
          missing.get(kind) ?? (seen.has(kind) ? [] : { kind, why: "absent" as const, detail: "" }),
      ),
  };
}
type Naive = ReturnType<typeof naive>;

/** Events that are told of, by the plain rule. */
const toldEvents = (of: Naive["of"]) =>
  of("Event").filter(({ regarding: { kind, name, uid } }) => {
    if (kind === "Node")
      return of("Node").some((one) => one.name === name && (one.uid === uid || uid === name));
    if (kind === "DaemonSet") return of("DaemonSet").some((one) => one.uid === uid);
    return kind === "Pod" && of("Pod").some((one) => one.uid === uid && isDaemon(one));
  });
const isDaemon = (pod: Kinds["Pod"]): boolean => controllerOf(pod)?.kind === "DaemonSet";

function naiveCluster({ of, notSeen }: Naive): Omit<Cluster, "version"> {
  const kinds = Object.fromEntries(
    RESOURCES.map(({ kind }) => [kind, of(kind)]),
  ) as unknown as Cluster;
  const inferred = notSeen().some(({ kind }) => kind === "DaemonSet")
    ? inferredDaemonSets(of("Pod"), of("DaemonSet"))
    : [];
  return {
    ...kinds,
    Event: toldEvents(of),
    DaemonSet: [...of("DaemonSet"), ...inferred],
    name: of("Namespace").find(({ name }) => name === "kube-system")?.uid ?? "",
    at: NOW,
    notSeen: notSeen(),
    problems: [],
  };
}

function naiveNode({ of }: Naive, uid: string) {
  const node = of("Node").find((one) => one.uid === uid);
  if (node === undefined) return undefined;
  const here = of("Pod").filter((pod) => filedUnder(pod) === node.name);
  const daemonPods = here.filter(isDaemon);
  return {
    node,
    csiNode: of("CSINode").find(({ name }) => name === node.name),
    nodeClaim: of("NodeClaim").findLast(({ nodeName }) => nodeName === node.name),
    daemonPods,
    nominated: of("Pod").filter(
      ({ spec, status, uid }) =>
        spec.nodeName === "" &&
        status.nominatedNodeName === node.name &&
        !here.some((one) => one.uid === uid),
    ),
    others: here.filter((pod) => !isDaemon(pod)),
    events: toldEvents(of).filter(({ regarding: { kind, name, uid } }) =>
      kind === "Node" ? name === node.name : daemonPods.some((pod) => pod.uid === uid),
    ),
  };
}

function naiveSet({ of }: Naive, uid: string) {
  const daemonSet = of("DaemonSet").find((one) => one.uid === uid);
  if (daemonSet === undefined) return undefined;
  const strays = of("Pod").filter(
    (pod) =>
      controllerOf(pod)?.uid === uid &&
      isDaemon(pod) &&
      !of("Node").some(({ name }) => name === filedUnder(pod)),
  );
  return {
    daemonSet,
    revisions: of("ControllerRevision").filter((one) => controllerOf(one)?.uid === uid),
    services: of("Service").filter(
      ({ namespace, selector }) =>
        namespace === daemonSet.namespace &&
        selector.size > 0 &&
        [...selector].every(([key, value]) => daemonSet.templateLabels.get(key) === value),
    ),
    namespace: of("Namespace").find(({ name }) => name === daemonSet.namespace),
    limitRanges: of("LimitRange").filter(({ namespace }) => namespace === daemonSet.namespace),
    strays,
    events: toldEvents(of).filter(
      ({ regarding }) =>
        (regarding.kind === "DaemonSet" && regarding.uid === uid) ||
        strays.some((pod) => pod.uid === regarding.uid),
    ),
  };
}

/** Some pods are packed first, as a list is read, and some come as they are. */
const perhapsKept = (shown: View, { kind, object }: AnyPut, at: number) =>
  at % 2 === 0 ? shown.keep(kind, object) : object;

function apply(shown: View, model: Naive, step: AnyStep): boolean | undefined {
  switch (step.is) {
    case "put": {
      const { kind, object } = step.put;
      // A pod that is there again under its name was told to be gone before.
      const before =
        kind === "Pod"
          ? model.of(kind).find((one) => one.name === object.name && one.uid !== object.uid)
          : undefined;
      if (before !== undefined) {
        model.remove("Pod", before);
        shown.gone("Pod", before);
      }
      model.seen.add(kind);
      model.put(step.put);
      shown.put(kind, perhapsKept(shown, step.put, object.name.length));
      return undefined;
    }
    case "gone": {
      const there = model.list(step.kind);
      const found = there[step.which % Math.max(1, there.length)];
      if (found === undefined) return undefined;
      model.remove(step.kind, found.object);
      shown.gone(step.kind, found.object);
      return undefined;
    }
    case "reset": {
      const { kind, keep, more } = step;
      const kept = model.list(kind).filter((_, at) => (keep & (1 << at)) > 0);
      const names = new Map(
        [...kept, ...more.filter((one) => one.kind === kind)].map((one) => [
          one.object.name + one.object.namespace,
          one,
        ]),
      );
      const list = [...names.values()];
      model.reset(kind);
      for (const one of list) model.put(one);
      model.seen.add(kind);
      model.missing.delete(kind);
      return shown.reset(
        kind,
        list.map((one, at) => perhapsKept(shown, one, at)),
      );
    }
    case "not seen": {
      const entry: NotSeen = { kind: step.kind, why: "forbidden", detail: "" };
      model.missing.set(step.kind, entry);
      shown.notSeen(entry);
      return undefined;
    }
    case "tick":
      shown.tick(NOW);
      return undefined;
  }
}

const bundleOf = (shown: View, key: RowKey) => {
  const uid = key.slice(key.indexOf("/") + 1);
  if (key.startsWith("Node/")) return shown.nodeBundle(uid);
  return key.startsWith("DaemonSet/") ? shown.daemonSetBundle(uid) : shown.object(uid);
};
const bundles = (shown: View, more: Iterable<RowKey>) =>
  new Map([...shown.keys(), ...more].map((key) => [key, bundleOf(shown, key)]));

const steps = fc.array(anyStep, { minLength: 1, maxLength: 60, size: "max" });

test("after any changes the view is the cluster, and its rows are parts of it", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const shown = view(() => undefined);
      const model = naive();
      for (const step of all) apply(shown, model, step);

      const { version: _version, ...cluster } = shown.cluster(NOW);
      expect(cluster).toEqual(naiveCluster(model));
      for (const { uid } of model.of("Node"))
        expect(shown.nodeBundle(uid)).toMatchObject(naiveNode(model, uid) ?? {});
      for (const { uid } of model.of("DaemonSet"))
        expect(shown.daemonSetBundle(uid)).toMatchObject(naiveSet(model, uid) ?? {});
    }),
    { numRuns: 200 },
  );
});

test("whatever row is another after a change was touched", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const touched = new Set<RowKey>();
      const shown = view((key) => void touched.add(key));
      const model = naive();
      let before = bundles(shown, []);
      for (const step of all) {
        touched.clear();
        const differed = apply(shown, model, step);
        const after = bundles(shown, before.keys());
        const changed = [...after].filter(([key, bundle]) => !same(bundle, before.get(key)));
        const missed = changed.map(([key]) => key).filter((key) => !touched.has(key));
        expect(missed).toEqual([]);
        const untold = differed === false ? touched.difference(new Set(["Object/cluster"])) : [];
        expect([...untold]).toEqual([]);
        before = new Map([...after].filter(([, bundle]) => bundle !== undefined));
      }
    }),
    { numRuns: 200 },
  );
});

test("what is told again touches nothing", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const touched: RowKey[] = [];
      const shown = view((key) => void touched.push(key));
      const model = naive();
      for (const step of all) apply(shown, model, step);
      for (const { kind } of RESOURCES) shown.reset(kind, model.of(kind));
      shown.tick(NOW);

      touched.length = 0;
      for (const { kind } of RESOURCES) {
        for (const object of model.of(kind)) shown.put(kind, object);
        expect(shown.reset(kind, model.of(kind))).toBe(false);
      }
      shown.tick(NOW + 1000);
      expect(touched).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

const same = (a: unknown, b: unknown): boolean => {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
};

type Told = (readonly [RowKey, Urgency])[];
/** A view in which one node, one DaemonSet with one pod, and one other pod are; and what is touched from then on. */
function small(): { readonly shown: View; readonly told: () => Told } {
  let told: Told = [];
  const shown = view((key, urgency) => void told.push([key, urgency]));
  for (const { kind } of RESOURCES) shown.reset(kind, []);
  shown.put("Node", N1);
  shown.put("DaemonSet", SET);
  shown.put("Pod", DAEMON);
  shown.put("Pod", OTHER);
  shown.put("Lease", lease("n1", 0));
  shown.tick(NOW);
  told = [];
  return {
    shown,
    told: () => {
      const all = told;
      told = [];
      return all;
    },
  };
}
const N1 = node("n1", { uid: "node-1" });
const SET = daemonSet("agent", { uid: "set-1" });
const DAEMON = daemonPod(SET, "n1", { uid: "daemon-1" });
const OTHER = pod("web", { uid: "web-1", spec: { nodeName: "n1" } });
const lease = (name: string, behind: number): Lease => ({
  ...metadata({ name, namespace: "kube-node-lease" }),
  renewedAt: ago(behind),
  holder: name,
});
const event = (name: string, parts: Partial<Event> = {}): Event => ({
  ...metadata({ name, namespace: "kube-system" }),
  type: "Warning",
  reason: "Failed",
  message: "",
  regarding: { kind: "Pod", namespace: "kube-system", name: DAEMON.name, uid: DAEMON.uid },
  firstAt: ago(60),
  lastAt: ago(60),
  count: 1,
  ...parts,
});
const about = (kind: string, name: string, uid: string): Partial<Event> => ({
  regarding: { kind, namespace: "", name, uid },
});
const withTaint = { ...N1, unschedulable: true };
const NODE: RowKey = "Node/node-1";

test.each<[string, (shown: View) => void, Told]>([
  ["a node's change is told soon", (shown) => shown.put("Node", withTaint), [[NODE, "soon"]]],
  [
    "a daemon pod's too",
    (shown) => shown.put("Pod", { ...DAEMON, deletionAt: NOW }),
    [[NODE, "soon"]],
  ],
  [
    "another pod's later",
    (shown) => shown.put("Pod", { ...OTHER, deletionAt: NOW }),
    [[NODE, "later"]],
  ],
  [
    "but one that was promised a place soon",
    (shown) => shown.put("Pod", pod("big", { status: { nominatedNodeName: "n1" } })),
    [[NODE, "soon"]],
  ],
  [
    "a pod that waits and was promised nothing is told nowhere",
    (shown) => shown.put("Pod", pod("big", { status: { phase: "Pending" } })),
    [],
  ],
  ["a renewal is no news", (shown) => shown.put("Lease", lease("n1", -10)), []],
  ["that there is no lease is", (shown) => shown.gone("Lease", lease("n1", 0)), [[NODE, "soon"]]],
  ["nor is a node told again", (shown) => shown.put("Node", structuredClone(N1)), []],
  [
    "who is gone by an older UID is another",
    (shown) => shown.gone("Node", { ...N1, uid: "node-0" }),
    [],
  ],
  [
    "a new Event of a daemon pod is told soon",
    (shown) => shown.put("Event", event("a")),
    [[NODE, "soon"]],
  ],
  [
    "one of the node, by its name as kubelets write it",
    (shown) => shown.put("Event", event("a", about("Node", "n1", "n1"))),
    [[NODE, "soon"]],
  ],
  [
    "not one of the node that had its name before",
    (shown) => shown.put("Event", event("a", about("Node", "n1", "node-0"))),
    [],
  ],
  [
    "one of the DaemonSet",
    (shown) => shown.put("Event", event("a", about("DaemonSet", "agent", "set-1"))),
    [["DaemonSet/set-1", "soon"]],
  ],
  [
    "one of another pod is not kept",
    (shown) => shown.put("Event", event("a", about("Pod", "web", "web-1"))),
    [],
  ],
  [
    "nor is one of anything else",
    (shown) => shown.put("Event", event("a", about("constructor", "n1", "n1"))),
    [],
  ],
])("%s", (_which, change, expected) => {
  const { shown, told } = small();
  change(shown);
  expect(told()).toEqual(expected);
});

test("an Event that is repeated is told later, and what else it says soon", () => {
  const { shown, told } = small();
  shown.put("Event", event("a"));
  told();
  shown.put("Event", event("a", { count: 2, lastAt: NOW }));
  expect(new Set(told().map(([, urgency]) => urgency))).toEqual(new Set(["later"]));
  shown.put("Event", event("a", { count: 2, lastAt: NOW, message: "other" }));
  expect(new Set(told().map(([, urgency]) => urgency))).toEqual(new Set(["soon"]));
});

test("of each object the 20 newest Events are kept, and none for more than an hour by the clocks of kubelets, whatever our own says", () => {
  const { shown, told } = small();
  for (let n = 0; n < 25; n += 1) shown.put("Event", event(`e${n}`, { lastAt: ago(3000 - n) }));
  const names = () => shown.nodeBundle("node-1")?.events.map(({ name }) => name) ?? [];
  expect(names().toSorted()).toEqual(Array.from({ length: 20 }, (_, n) => `e${n + 5}`).toSorted());
  told();

  shown.tick(NOW + 7_200_000);
  expect(names()).toHaveLength(20);

  shown.put("Lease", lease("n1", -615));
  shown.tick(NOW);
  expect(names()).toHaveLength(10);
  expect(new Set(told().map(([key, urgency]) => `${key} ${urgency}`))).toEqual(
    new Set(["Node/node-1 later"]),
  );
});

test("an Event that comes before its pod waits for it", () => {
  const { shown } = small();
  const late = daemonPod(SET, "n1", { name: "late", uid: "late-1" });
  shown.put("Event", event("a", about("Pod", "late", "late-1")));
  expect(shown.cluster(NOW).Event).toEqual([]);
  shown.put("Pod", late);
  expect(shown.nodeBundle("node-1")?.events.map(({ name }) => name)).toEqual(["a"]);
});

test("a lease that falls behind the others is told of until it is renewed", () => {
  const { shown, told } = small();
  for (const name of ["n2", "n3", "n4"]) {
    shown.put("Node", node(name, { uid: `uid-${name}` }));
    shown.put("Lease", lease(name, 0));
  }
  shown.tick(NOW);
  told();
  expect(shown.nodeBundle("node-1")?.staleLease).toBeUndefined();

  for (const name of ["n2", "n3", "n4"]) shown.put("Lease", lease(name, -61));
  expect(told()).toEqual([]);
  shown.tick(NOW + 61_000);
  expect(told()).toEqual([[NODE, "soon"]]);
  expect(shown.nodeBundle("node-1")?.staleLease).toEqual(lease("n1", 0));

  shown.put("Lease", lease("n1", -60));
  expect(told()).toEqual([[NODE, "soon"]]);
  expect(shown.nodeBundle("node-1")?.staleLease).toBeUndefined();
  expect(shown.nodeBundle("node-1")?.noLease).toBeUndefined();
});

test("a node that is born again under its name is another row, and its pods follow", () => {
  const { shown, told } = small();
  shown.put("Node", { ...N1, uid: "node-2" });

  expect(shown.nodeBundle("node-1")).toBeUndefined();
  expect(shown.nodeBundle("node-2")?.daemonPods).toEqual([DAEMON]);
  expect(shown.nodeBundle("node-2")?.others).toEqual([OTHER]);
  const keys = new Set(told().map(([key]) => key));
  expect(keys).toContain("Node/node-1");
  expect(keys).toContain("Node/node-2");
});

test("a daemon pod whose node is gone is a stray of its DaemonSet until the node comes", () => {
  const { shown, told } = small();
  shown.gone("Node", N1);
  expect(shown.daemonSetBundle("set-1")?.strays).toEqual([DAEMON]);
  expect(told()).toContainEqual(["DaemonSet/set-1", "soon"]);

  shown.put("Node", N1);
  expect(shown.daemonSetBundle("set-1")?.strays).toEqual([]);
  expect(shown.nodeBundle("node-1")?.daemonPods).toEqual([DAEMON]);
  expect(told()).toContainEqual(["DaemonSet/set-1", "soon"]);
});

test("what is not seen is told in the row of the cluster, until it is", () => {
  const { shown, told } = small();
  const entry: NotSeen = { kind: "Node", why: "forbidden", detail: "nodes is forbidden" };
  shown.notSeen(entry);
  shown.notSeen(entry);
  expect(told()).toEqual([["Object/cluster", "soon"]]);
  expect(shown.object("cluster")).toEqual({
    kind: "cluster",
    version: undefined,
    notSeen: [entry],
  });
  expect(shown.nodeBundle("node-1")).toBeDefined();

  shown.sawVersion("v1.34.2");
  shown.sawVersion("v1.34.2");
  shown.reset("Node", [N1]);
  expect(told()).toEqual([
    ["Object/cluster", "soon"],
    ["Object/cluster", "soon"],
  ]);
  expect(shown.object("cluster")).toMatchObject({ version: { minor: 34 }, notSeen: [] });
});

test("before anything was read every kind is absent", () => {
  const shown = view(() => undefined);
  expect(shown.cluster(NOW).notSeen.map(({ kind }) => kind)).toEqual(
    RESOURCES.map(({ kind }) => kind),
  );
  expect([...shown.keys()]).toEqual(["Object/cluster"]);
});

test("told of the demo's objects it gives the cluster that reading them gives", () => {
  const read = demoCluster();
  const reading = newReading();
  const shown = view(() => undefined);
  const objects = demoObjects().flatMap((json) => readObject(json, reading) ?? []);
  for (const { kind } of RESOURCES.filter(({ kind }) => objects.some((one) => one.kind === kind)))
    shown.reset(
      kind,
      objects.flatMap((one) => (one.kind === kind ? [one.object] : [])),
    );
  shown.sawVersion(read.version?.text ?? "");

  const sorted = Object.entries(read).map(([key, list]) => [
    key,
    Array.isArray(list) && key !== "notSeen" ? (list as Ref[]).toSorted(byName) : list,
  ]);
  const told = shown.cluster(read.at).Event;
  expect(told.length).toBeGreaterThan(0);
  expect({ ...shown.cluster(read.at), name: "demo", Event: [], problems: [] }).toEqual({
    ...Object.fromEntries(sorted),
    Event: [],
    problems: [],
  });
  expect(read.Event).toEqual(expect.arrayContaining([...told]));
});
