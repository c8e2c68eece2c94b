import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  admissionMessage,
  admissionReason,
  kubeletAdmission,
  type AdmissionQuestion,
} from "#shared/cluster/kubelet-admission.ts";
import type { Pod, PodSpec } from "#shared/cluster/pod.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import { container, labels, node, pod, resources, taint, tolerate } from "../../fixtures/build.ts";

const port = { containerPort: 9100, hostPort: 9100, hostIP: "", protocol: "TCP" };
const HELD = pod("web", { spec: { nodeName: "n1", containers: [container({ ports: [port] })] } });
const asking = (requests: Readonly<Record<string, string>>): Partial<PodSpec> => ({
  containers: [container({ requests: resources(requests) })],
});

const ask = (spec: Partial<PodSpec>, parts: Partial<AdmissionQuestion> = {}): readonly string[] =>
  kubeletAdmission({
    pod: pod("agent", { spec: { nodeName: "n1", ...spec } }),
    node: node("n1"),
    otherPods: [],
    version: undefined,
    ...parts,
  }).map(admissionReason);

const ZONE = { nodeSelector: labels({ zone: "a" }) };
const OFF = taint("team", "NoExecute");
const many = (count: number): readonly Pod[] =>
  Array.from({ length: count }, (_, i) => pod(`p${i}`));

// pkg/kubelet/lifecycle/predicate.go, generalFilter
test.each([
  ["nothing speaks against it", {}, {}, []],
  ["too little cpu", asking({ cpu: "5" }), {}, ["OutOfcpu"]],
  ["too many pods", {}, { otherPods: many(110) }, ["OutOfpods"]],
  [
    "an extended resource that the node has too little of",
    asking({ "example.com/device": "1" }),
    { node: node("n1", { allocatable: resources({ pods: "9", "example.com/device": "0" }) }) },
    ["OutOfexample.com/device"],
  ],
  [
    "an extended resource that the node does not know",
    asking({ "example.com/device": "1" }),
    {},
    [],
  ],
  ["another node's name", { nodeName: "n2" }, {}, ["NodeName"]],
  [
    "a host port that is held",
    { containers: [container({ ports: [port] })] },
    { otherPods: [HELD] },
    ["NodePorts"],
  ],
  ["a NoExecute taint", {}, { node: node("n1", { taints: [OFF] }) }, ["TaintToleration"]],
  [
    "a tolerated one",
    { tolerations: [tolerate("team")] },
    { node: node("n1", { taints: [OFF] }) },
    [],
  ],
  [
    "a static pod is not asked about taints",
    {},
    { node: node("n1", { taints: [OFF] }), isStatic: true },
    [],
  ],
  [
    "a NoSchedule taint is the scheduler's business",
    {},
    { node: node("n1", { taints: [taint("team")] }) },
    [],
  ],
  ["a label that does not match", ZONE, {}, ["NodeAffinity"]],
  [
    "all that speaks against it, resources first",
    { ...ZONE, ...asking({ cpu: "5" }), nodeName: "n2" },
    { node: node("n1", { taints: [OFF] }) },
    ["OutOfcpu", "NodeAffinity", "NodeName", "TaintToleration"],
  ],
] as const)("%s", (_rule, spec, parts, says) => {
  expect(ask(spec, parts)).toEqual(says);
});

test("a kubelet whose memory of its node is stale asks once more before it refuses for a label", () => {
  const freshNode = node("n1", { labels: labels({ zone: "a" }) });
  expect(ask(ZONE, { freshNode })).toEqual([]);
  expect(ask(ZONE, { freshNode: node("n1") })).toEqual(["NodeAffinity"]);
  expect(ask({ ...ZONE, ...asking({ cpu: "5" }) }, { freshNode })).toEqual([
    "OutOfcpu",
    "NodeAffinity",
  ]);
  expect(ask(ZONE, { node: freshNode, freshNode: node("n1") })).toEqual([]);
});

test("up to 1.34 it does not ask once more", () => {
  const freshNode = node("n1", { labels: labels({ zone: "a" }) });
  const says = (version: string) => ask(ZONE, { freshNode, version: parseVersion(version) });
  expect([says("v1.34.4"), says("v1.35.0")]).toEqual([["NodeAffinity"], []]);
});

test("a Gt toleration that may or may not be on is no ground to refuse from 1.35", () => {
  const spec = { tolerations: [{ ...tolerate("level", "", "5"), operator: "Gt" }] };
  const on = node("n1", { taints: [taint("level", "NoExecute", "7")] });
  const says = (version: string) => ask(spec, { node: on, version: parseVersion(version) });
  expect([says("v1.34.0"), says("v1.35.0")]).toEqual([["TaintToleration"], []]);
});

test("the messages are the kubelet's: milli for cpu", () => {
  const found = kubeletAdmission({
    pod: pod("agent", { spec: { nodeName: "n2", ...asking({ cpu: "100m" }) } }),
    node: node("n1", { allocatable: resources({ cpu: "4", pods: "110" }) }),
    otherPods: [pod("web", { spec: asking({ cpu: "3950m" }) })],
    version: undefined,
  });
  expect(found.map(admissionMessage)).toEqual([
    "Node didn't have enough resource: cpu, requested: 100, used: 3950, capacity: 4000",
    "Predicate NodeName failed: node(s) didn't match the requested node name",
  ]);
});

test("one pod fewer on the node never speaks against another", () => {
  const some = fc.array(
    fc.constantFrom(
      HELD,
      pod("a", { spec: asking({ cpu: "2" }) }),
      pod("b", { spec: asking({ cpu: "1" }) }),
    ),
    { minLength: 1, maxLength: 4 },
  );
  const specs = fc.constantFrom(asking({ cpu: "1" }), asking({ cpu: "3" }), {
    containers: [container({ ports: [port] })],
  });
  fc.assert(
    fc.property(some, specs, (otherPods, spec) => {
      const few = ask(spec, { otherPods: otherPods.slice(1) });
      expect(ask(spec, { otherPods })).toEqual(expect.arrayContaining([...few]));
    }),
  );
});
