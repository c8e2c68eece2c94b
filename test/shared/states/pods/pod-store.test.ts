import * as fc from "fast-check";
import { expect, test } from "vitest";
import { newReading } from "#shared/cluster/read/json.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { filedUnder } from "#shared/states/pods/pod-class.ts";
import { podStore, type PodStore } from "#shared/states/pods/pod-store.ts";
import { anyPod, anyPodField } from "../../../fixtures/any-pod.ts";
import {
  ago,
  condition,
  daemonPod,
  daemonSet,
  labels,
  NOW,
  pod,
  podStatus,
} from "../../../fixtures/build.ts";
import { crashing, notUp, unscheduled } from "../../../fixtures/placement.ts";

const UID = "0f3c2a1b-9d8e-4f70-8a6b-5c4d3e2f1a0b";
const uuid = (n: number): string => `0f3c2a1b-9d8e-4f70-8a6b-${n.toString(16).padStart(12, "0")}`;
const set = daemonSet("agent");

const POD = pod("web-7d9f8-bcdfg", { uid: UID, spec: { nodeName: "n1" } });
const withStatus = (status: Partial<Pod["status"]>): Pod => ({
  ...POD,
  status: { ...POD.status, ...status },
});
const [running] = POD.status.containers;
const container = (parts: Partial<Pod["status"]["containers"][0]>): Pod =>
  withStatus({ containers: running === undefined ? [] : [{ ...running, ...parts }] });

test.each<[string, Pod]>([
  ["a healthy pod", POD],
  ["a daemon pod", daemonPod(set, "n1", { name: "agent-bcdfg", uid: UID })],
  [
    "one that waits",
    {
      ...daemonPod(set, "n1", { uid: UID, spec: { nodeName: "" } }),
      status: podStatus(unscheduled("no room")),
    },
  ],
  ["one aimed elsewhere", daemonPod(set, "n1", { uid: UID, spec: { nodeName: "n2" } })],
  ["one that crashes", { ...POD, status: podStatus(notUp({ containers: [crashing()] })) }],
  ["one that ends", { ...POD, deletionAt: NOW + 30_000 }],
  ["one whose deadline is the epoch", { ...POD, deletionAt: 0 }],
  ["restarts", container({ restarts: 7 })],
  ["a container without state", container({ state: undefined })],
  ["resources that are there and undefined", container({ actualLimits: undefined })],
  ["a UID in capitals", { ...POD, uid: UID.toUpperCase() }],
  ["a UID that is a word", { ...POD, uid: "constructor" }],
  ["a UID like our own marks", { ...POD, uid: "u" }],
  ["a name that is only a suffix", { ...POD, name: "bcdfg" }],
  ["the first of all suffixes", { ...POD, name: "web-bbbbb" }],
  ["the last of all suffixes", { ...POD, name: "web-99999" }],
  ["letters that are not used", { ...POD, name: "web-aeiou" }],
  ["a name with other letters", { ...POD, name: "web-bcdf\u{e9}" }],
  ["hostile names", { ...POD, name: "__proto__", namespace: "constructor" }],
  [
    "hostile labels",
    {
      ...POD,
      labels: new Map([
        ["__proto__", "1"],
        ["constructor", "2"],
      ]),
    },
  ],
  ["no birth", { ...POD, createdAt: undefined }],
  ["a birth between two seconds", { ...POD, createdAt: NOW + 1 }],
  ["a birth before all", { ...POD, createdAt: -1000 }],
  ["a birth after 2106", { ...POD, createdAt: 2 ** 32 * 1000 }],
  ["a start before its birth", withStatus({ startedAt: ago(40 * 86_400) })],
  ["a start between two seconds", withStatus({ startedAt: NOW + 500 })],
  ["a start beyond all numbers", withStatus({ startedAt: Number.NaN })],
  [
    "a condition of long after",
    withStatus({ conditions: [condition("Ready", "True", { transitionAt: NOW })] }),
  ],
])("%s is given back as it was put", (_which, given) => {
  const store = podStore();
  store.put(given);

  expect([...store.all()]).toStrictEqual([given]);
  expect(store.byUid(given.uid)).toStrictEqual(given);
});

test("a pod without UID is known by its name", () => {
  const store = podStore();
  store.put({ ...POD, uid: "" });
  store.put({ ...POD, uid: "", name: "other" });

  expect(store.sizes().pods).toBe(2);
  expect(store.gone({ namespace: POD.namespace, name: "other", uid: "" })).toBeDefined();
  expect([...store.all()]).toStrictEqual([{ ...POD, uid: "" }]);
});

test("whatever is put is given back as it was", () => {
  fc.assert(
    fc.property(fc.array(anyPod, { minLength: 1, maxLength: 6 }), (pods) => {
      const store = podStore();
      const model = new Map<string, Pod>();
      for (const one of pods) {
        store.put(one);
        if (one.uid !== "") model.set(one.uid, one);
      }
      for (const [uid, one] of model) expect(store.byUid(uid)).toStrictEqual(one);
    }),
    { numRuns: 300 },
  );
});

/** Readers make one object of what is equal, so almost everything of these is the very same. */
test("pods that differ in one field alone are not taken for each other", () => {
  fc.assert(
    fc.property(anyPod, fc.array(anyPodField, { minLength: 1, maxLength: 20 }), (base, changes) => {
      const store = podStore();
      const pods = [base, ...changes.map((change) => change(base))].map((one, at) => ({
        ...one,
        uid: uuid(at),
      }));
      for (const one of pods) store.put(one);
      for (const one of pods) expect(store.byUid(one.uid)).toStrictEqual(one);
      for (const one of pods) expect(store.put(one)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

type Step =
  | { readonly is: "put" | "stage"; readonly pod: Pod }
  | { readonly is: "gone"; readonly uid: string }
  | { readonly is: "reset"; readonly pods: readonly Pod[]; readonly staged: boolean };
const small = fc
  .tuple(anyPod, fc.integer({ min: 0, max: 5 }))
  .map(([one, n]): Pod => ({ ...one, uid: n === 0 ? "word" : uuid(n) }));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ is: fc.constantFrom("put" as const, "stage" as const), pod: small }),
  fc.record({ is: fc.constant("gone" as const), uid: small.map(({ uid }) => uid) }),
  fc.record({
    is: fc.constant("reset" as const),
    pods: fc.array(small, { maxLength: 5 }),
    staged: fc.boolean(),
  }),
);

function apply(store: PodStore, model: Map<string, Pod>, step: Step): void {
  switch (step.is) {
    case "put":
      store.put(step.pod);
      model.set(step.pod.uid, step.pod);
      return;
    case "stage":
      // A list that failed: never put.
      store.stage(step.pod);
      return;
    case "gone":
      store.gone({ namespace: "", name: "", uid: step.uid });
      model.delete(step.uid);
      return;
    case "reset": {
      const pods = [...new Map(step.pods.map((one) => [one.uid, one])).values()];
      model.clear();
      for (const one of pods) model.set(one.uid, one);
      store.reset(step.staged ? pods.map((one) => store.stage(one)) : pods, () => undefined);
    }
  }
}

test("after any changes it holds what a map would hold, by every index", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30, size: "max" }), (steps) => {
      const store = podStore();
      const model = new Map<string, Pod>();
      for (const one of steps) apply(store, model, one);
      const pods = [...model.values()];
      const byUid = (some: Iterable<Pod>) => new Map([...some].map((one) => [one.uid, one]));

      expect(byUid(store.all())).toStrictEqual(byUid(pods));
      expect(store.sizes().pods).toBe(pods.length);
      for (const name of new Set(pods.map(filedUnder)))
        expect(byUid(store.onNode(name))).toStrictEqual(
          byUid(pods.filter((one) => filedUnder(one) === name)),
        );
      const nominees = pods.map(({ status }) => status.nominatedNodeName);
      for (const node of new Set(nominees.filter((name) => name !== "")))
        expect(byUid(store.nominatedFor(node))).toStrictEqual(
          byUid(
            pods.filter(
              ({ spec, status }) => spec.nodeName === "" && status.nominatedNodeName === node,
            ),
          ),
        );
      for (const uid of ["owner-1", "owner-2"])
        expect(byUid(store.ofOwner(uid))).toStrictEqual(
          byUid(
            pods.filter(({ owners }) => owners.some((one) => one.controller && one.uid === uid)),
          ),
        );
    }),
    { numRuns: 200 },
  );
});

test("what was told, where it was and where it is now is said; what says nothing new is not", () => {
  const store = podStore();
  const waiting = { ...daemonPod(set, "n1", { uid: UID, spec: { nodeName: "" } }) };
  const promised = { ...waiting, status: { ...waiting.status, nominatedNodeName: "n2" } };
  const bound = { ...waiting, spec: { ...waiting.spec, nodeName: "n1" } };
  const place = { node: "n1", daemonOf: set.uid, nominated: "" };

  expect(store.put(waiting)).toEqual({ uid: UID, before: undefined, after: place });
  expect(store.put(structuredClone(waiting))).toBeUndefined();
  expect(store.put(promised)).toEqual({
    uid: UID,
    before: place,
    after: { ...place, nominated: "n2" },
  });
  expect(store.put(bound)?.after).toEqual(place);
  expect(store.gone(bound)).toEqual({ uid: UID, before: place, after: undefined });
  expect(store.gone(bound)).toBeUndefined();
});

test("a staged pod counts only when it is put, once, and as it was staged last", () => {
  const store = podStore();
  const first = store.stage(POD);
  const second = store.stage({ ...POD, labels: labels({ app: "b" }) });

  expect([...store.all()]).toEqual([]);
  expect(store.put(first)).toBeUndefined();
  expect(store.put(second)?.uid).toBe(UID);
  expect(store.put(second)).toBeUndefined();
  expect(store.byUid(UID)?.labels).toEqual(labels({ app: "b" }));
});

const healthy = (n: number, node: string) => {
  const at = (seconds: number): string => new Date(NOW - 1e9 + seconds * 1000).toISOString();
  const born = n % 100_000;
  const condition = (type: string, after: number) => ({
    type,
    status: "True",
    lastTransitionTime: at(born + after),
  });
  return {
    metadata: {
      name: `agent-${n % 20}-${"bcdfghjkl".charAt(n % 9)}xkv7`,
      namespace: "kube-system",
      uid: uuid(n),
      creationTimestamp: at(born),
      labels: { app: `agent-${n % 20}` },
      ownerReferences: [{ kind: "DaemonSet", name: "a", uid: `set-${n % 20}`, controller: true }],
    },
    spec: {
      nodeName: node,
      containers: [{ name: "agent", image: "agent:1", resources: { requests: { cpu: "1" } } }],
    },
    status: {
      phase: "Running",
      startTime: at(born),
      podIP: "10.0.0.1",
      conditions: [
        condition("PodReadyToStartContainers", 2),
        condition("Initialized", 0),
        condition("Ready", 5 + (n % 300)),
        condition("ContainersReady", 5 + (n % 300)),
        condition("PodScheduled", 0),
      ],
      containerStatuses: [
        {
          name: "agent",
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: at(born + 4) } },
        },
      ],
    },
  };
};

test("a healthy pod takes no more than 100 bytes", () => {
  const store = podStore();
  const reading = newReading();
  for (let n = 0; n < 20_000; n += 1)
    store.put(readAs("Pod", healthy(n, `node-${n % 500}`), reading));

  const { bytes, classes, pods } = store.sizes();
  expect({ classes, pods }).toEqual({ classes: 20, pods: 20_000 });
  expect(bytes / 20_000).toBeLessThan(100);
});

test("UIDs that differ in few bits are found as fast as others", () => {
  const store = podStore();
  for (let n = 0; n < 20_000; n += 1) store.put({ ...POD, uid: uuid(n) });

  expect(store.byUid(uuid(777))).toStrictEqual({ ...POD, uid: uuid(777) });
  expect(store.byUid(uuid(20_000))).toBeUndefined();
}, 2000);

test("ever new pods of ever new shapes leave nothing behind", () => {
  const store = podStore();
  const put = (n: number): Pod => {
    const one: Pod = {
      ...POD,
      uid: n % 2 === 0 ? uuid(n) : `word-${n}`,
      name: `pod-${n}`,
      labels: labels({ n: `${n}` }),
      spec: { ...POD.spec, nodeName: `node-${n}` },
      status: { ...POD.status, message: `${n}`, startedAt: NOW + (n % 3) * 500 },
    };
    store.put(one);
    return one;
  };
  for (let n = 0; n < 5000; n += 1) store.gone(put(n));
  const { bytes: before } = store.sizes();
  for (let n = 5000; n < 20_000; n += 1) store.gone(put(n));

  const { bytes, classes, pods, shapes } = store.sizes();
  expect({ classes, pods, shapes }).toEqual({ classes: 0, pods: 0, shapes: 0 });
  expect(bytes).toBe(before);
});

test("lists that fail again and again leave nothing behind", () => {
  const store = podStore();
  const stage = () => Array.from({ length: 5000 }, (_, n) => store.stage({ ...POD, uid: uuid(n) }));
  stage();
  const { bytes: once } = store.sizes();
  for (let time = 0; time < 4; time += 1) stage();
  expect(store.sizes().bytes).toBeLessThan(once * 3);

  for (let time = 0; time < 3; time += 1) store.reset(stage(), () => undefined);
  const { bytes } = store.sizes();
  for (let time = 0; time < 4; time += 1) store.reset(stage(), () => undefined);
  expect(store.sizes().bytes).toBe(bytes);
  expect(store.sizes().pods).toBe(5000);
});
