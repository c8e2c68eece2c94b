import { describe, expect, test } from "vitest";
import type { PodClass, PodRow } from "#shared/events/pod-rows.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import type { Told } from "#shared/states/hear/merge.ts";
import { clusterOf } from "#shared/states/hear/rebuild.ts";
import { NOW } from "../../../fixtures/build.ts";

type Of<K extends Told["kind"]> = Extract<Told, { readonly kind: K }>;

const WEB: PodClass = {
  namespace: "shop",
  labels: { app: "web" },
  spec: { containers: [{ name: "web", resources: { requests: { cpu: "250m" } } }] },
  status: { phase: "Running", startTime: "@" },
};
const podRow = (name: string, parts: Partial<PodRow> = {}): PodRow => ({
  class: 0,
  name,
  uid: `uid-${name}`,
  createdAt: NOW,
  moments: [1.5],
  ...parts,
});
const nodeRow = (name: string, parts: Partial<Of<"Node">["state"]> = {}): Told => ({
  kind: "Node",
  classes: [WEB],
  state: {
    uid: `uid-${name}`,
    name,
    hash: "0",
    node: { metadata: { name, uid: `uid-${name}` } },
    pods: [],
    others: { listed: [], grouped: [] },
    events: [],
    ...parts,
  },
});
const setRow = (name: string, parts: Partial<Of<"DaemonSet">["state"]> = {}): Told => ({
  kind: "DaemonSet",
  classes: [WEB],
  state: {
    uid: `uid-${name}`,
    name,
    namespace: "shop",
    hash: "0",
    daemonSet: { metadata: { name, namespace: "shop", uid: `uid-${name}` } },
    revisions: [],
    services: [],
    endpointSlices: [],
    claims: [],
    volumes: [],
    storageClasses: [],
    attachments: [],
    limitRanges: [],
    events: [],
    strays: [],
    ...parts,
  },
});
const aboutCluster = (
  parts: Partial<Extract<Of<"Object">["state"], { kind: "cluster" }>>,
): Told => ({
  kind: "Object",
  state: { uid: "cluster", name: "", hash: "0", kind: "cluster", notSeen: [], ...parts },
});
const rebuilt = (...rows: readonly Told[]) =>
  clusterOf(
    rows.map((told) => ({ told })),
    { name: "one", at: NOW },
  );
const namesOf = (objects: readonly { readonly name: string }[]) => objects.map(({ name }) => name);

describe("a pod", () => {
  test("is bound to the node of its row, unless it is told not to be", () => {
    const { Pod } = rebuilt(nodeRow("w-1", { pods: [podRow("a"), podRow("b", { bound: false })] }));

    expect(Pod.map(({ name, spec }) => [name, spec.nodeName])).toEqual([
      ["a", "w-1"],
      ["b", ""],
    ]);
  });

  test("has its moments where its class has marks", () => {
    const [pod] = rebuilt(nodeRow("w-1", { pods: [podRow("a")] })).Pod;

    expect([pod?.status.startedAt, pod?.createdAt]).toEqual([NOW + 1500, NOW]);
  });

  test("of a class that its event does not have is left out", () => {
    const others = { listed: [podRow("b", { class: 7 })], grouped: [[8, 2] as const] };

    expect(rebuilt(nodeRow("w-1", { pods: [podRow("a", { class: 7 })], others })).Pod).toEqual([]);
  });

  test.each([
    ["first", true],
    ["last", false],
  ])(
    "that is promised to another node is there once, as its own row says, be that read %s",
    (_when, isFirst) => {
      const own = nodeRow("w-1", { pods: [podRow("a")] });
      const promised = nodeRow("w-2", { nominated: [podRow("a", { bound: false }), podRow("z")] });
      const { Pod } = rebuilt(...(isFirst ? [own, promised] : [promised, own]));

      expect(Pod.map(({ name, spec }) => [name, spec.nodeName])).toEqual([
        ["a", "w-1"],
        ["z", "w-2"],
      ]);
    },
  );

  test("that is aimed at no node that there is comes with its DaemonSet", () => {
    const { Pod } = rebuilt(setRow("agent", { strays: [podRow("stray")] }));

    expect(Pod.map(({ name, spec }) => [name, spec.nodeName])).toEqual([["stray", ""]]);
  });

  test("of a group is one of as many as were counted, each with a name of its own", () => {
    const grouped = [
      [0, 2],
      [1, 1],
    ] as const;
    const cron: PodClass = { ...WEB, namespace: "jobs" };
    const row = nodeRow("w-1", { others: { listed: [], grouped } });
    const { Pod } = rebuilt({ ...row, classes: [WEB, cron] } as Told);

    expect(Pod.map(({ namespace }) => namespace)).toEqual(["jobs", "shop", "shop"]);
    expect(new Set(namesOf(Pod)).size).toBe(3);
    expect(Pod.map((one) => [one.spec.nodeName, podRequests(one, undefined).get("cpu")])).toEqual(
      Array.from({ length: 3 }, () => ["w-1", 250n]),
    );
  });
});

describe("a Lease", () => {
  const lease = { metadata: { name: "w-1", namespace: "kube-node-lease" } };
  test.each([
    ["is as new as can be where nothing is told of it", {}, [NOW]],
    [
      "is as old as it was told to be",
      { lease: { ...lease, spec: { renewTime: "2026-11-20T11:00:00Z" } } },
      [NOW - 3_600_000],
    ],
    ["is not there where the node is told to have none", { noLease: true as const }, []],
  ])("%s", (_rule, parts, renewals) => {
    const { Lease } = rebuilt(nodeRow("w-1", parts));

    expect(Lease.map(({ renewedAt }) => renewedAt)).toEqual(renewals);
    expect(Lease.every(({ name }) => name === "w-1")).toBe(true);
  });
});

describe("what several rows tell", () => {
  test("is there once", () => {
    const service = { metadata: { name: "s", namespace: "shop", uid: "uid-s" } };
    const namespaceObject = { metadata: { name: "shop", uid: "uid-ns" } };
    const limitRanges = [{ metadata: { name: "limits", namespace: "shop" } }];
    const parts = { services: [service], namespaceObject, limitRanges };
    const found = rebuilt(setRow("agent", parts), setRow("other", parts));

    expect([found.Service, found.Namespace, found.LimitRange].map(({ length }) => length)).toEqual([
      1, 1, 1,
    ]);
    expect(found.DaemonSet).toHaveLength(2);
  });

  test("stands in the order of namespace, name and UID, whatever came first", () => {
    const pods = [podRow("b"), podRow("a", { uid: "2" }), podRow("a", { uid: "1" })];
    const { Node, Pod } = rebuilt(nodeRow("w-2", { pods }), nodeRow("w-1"));

    expect(namesOf(Node)).toEqual(["w-1", "w-2"]);
    expect(Pod.map(({ uid }) => uid)).toEqual(["1", "2", "uid-b"]);
  });
});

describe("a Service that selects no DaemonSet", () => {
  test.each([
    ["that has endpoints has one", true, [["s", 1]]],
    ["that has none has none", false, []],
  ])("%s", (_rule, hasEndpoints, slices) => {
    const object = { metadata: { name: "s", namespace: "shop", uid: "uid-s" } };
    const { EndpointSlice } = rebuilt({
      kind: "Object",
      state: { uid: "uid-s", name: "s", hash: "0", kind: "Service", object, hasEndpoints },
    });

    expect(EndpointSlice.map(({ service, endpoints }) => [service, endpoints.length])).toEqual(
      slices,
    );
  });
});

describe("what is known of the cluster", () => {
  const daemon: PodClass = {
    ...WEB,
    ownerReferences: [{ kind: "DaemonSet", name: "agent", uid: "uid-agent", controller: true }],
  };
  const row = { ...nodeRow("w-1", { pods: [podRow("a")] }), classes: [daemon] } as Told;
  const unseen = { kind: "DaemonSet", why: "forbidden", detail: "" } as const;

  test("is its version, its name, its time, and what nobody has seen", () => {
    const version = { text: "v1.34.2", major: 1, minor: 34, patch: 2 };
    const found = rebuilt(aboutCluster({ version, notSeen: [unseen] }));

    expect([found.name, found.at, found.version, found.notSeen]).toEqual([
      "one",
      NOW,
      version,
      [unseen],
    ]);
  });

  test.each([
    ["concluded from their pods where nobody may see them", [unseen], ["agent"]],
    ["none where there are none to be seen", [], []],
  ] as const)("DaemonSets are %s", (_rule, notSeen, sets) => {
    expect(namesOf(rebuilt(row, aboutCluster({ notSeen })).DaemonSet)).toEqual(sets);
  });
});
