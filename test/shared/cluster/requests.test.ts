import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { PodSpec } from "#shared/cluster/pod.ts";
import { milliUnits } from "#shared/cluster/quantity.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import { requestOptionsOf } from "#shared/cluster/request-options.ts";
import { limitList, podRequests, requestList } from "#shared/cluster/requests.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import { condition, container, pod, podSpec, podStatus, resources } from "../../fixtures/build.ts";

const INFEASIBLE = condition("PodResizePending", "True", { reason: "Infeasible" });
const asks = (cpu: string) => [container({ requests: resources({ cpu }) })];
const sums = (allocated: string, actual: string) => ({
  allocated: resources({ cpu: allocated }),
  actual: resources({ cpu: actual }),
});

// component-helpers/resource/helpers.go, AggregateContainerRequests
test.each([
  ["the spec is more: it counts", "v1.37.0", asks("2"), sums("1", "1"), 2000n],
  ["the kubelet still gives more: that counts", "v1.37.0", asks("1"), sums("1", "2"), 2000n],
  ["it promised more: that counts", "v1.37.0", asks("1"), sums("3", "2"), 3000n],
  [
    "the spec is a wish that will not come true",
    "v1.37.0",
    asks("4"),
    { ...sums("1", "2"), conditions: [INFEASIBLE] },
    2000n,
  ],
  ["half of the sums is none", "v1.37.0", asks("1"), { actual: resources({ cpu: "2" }) }, 1000n],
  [
    "a wish that will not come true counts for nothing where nothing was given",
    "v1.37.0",
    asks("4"),
    { conditions: [INFEASIBLE] },
    undefined,
  ],
  ["up to 1.32 only the spec counts", "v1.32.0", asks("1"), sums("3", "2"), 1000n],
] as const)(
  "the kubelet's sums for the whole pod: %s",
  (_rule, version, containers, status, says) => {
    const one = pod("p", {
      spec: { containers },
      status: podStatus({ containers: [], ...status }),
    });
    expect(podRequests(one, parseVersion(version)).get("cpu")).toBe(says);
  },
);

const one = (cpu: string, sidecar = false) => container({ requests: resources({ cpu }), sidecar });
const cpuOf = (spec: Partial<PodSpec>, version = "v1.37.0") =>
  podRequests({ spec: podSpec(spec) }, parseVersion(version)).get("cpu");
const level = (cpu: string) => ({ requests: resources({ cpu }), limits: resources() });

// component-helpers/resource/helpers.go, PodRequests
test.each([
  ["containers are added", { containers: [one("100m"), one("250m")] }, 350n],
  [
    "of init containers the largest counts, if it is more than what runs later",
    { initContainers: [one("500m"), one("200m")], containers: [one("100m")] },
    500n,
  ],
  ["and no more than that", { initContainers: [one("50m")], containers: [one("100m")] }, 100n],
  [
    "a sidecar before an init container runs beside it",
    { initContainers: [one("100m", true), one("500m")], containers: [one("200m")] },
    600n,
  ],
  [
    "a sidecar behind an init container does not",
    { initContainers: [one("500m"), one("100m", true)], containers: [one("200m")] },
    500n,
  ],
  [
    "sidecars are added to the containers",
    { initContainers: [one("100m", true), one("150m", true)], containers: [one("200m")] },
    450n,
  ],
  [
    "overhead comes on top",
    { containers: [one("1")], overhead: resources({ cpu: "250m" }) },
    1250n,
  ],
  [
    "a request of the whole pod replaces the sum, and may be lower; overhead comes on top of it",
    {
      containers: [one("400m")],
      resources: level("300m"),
      overhead: resources({ cpu: "10m" }),
    },
    310n,
  ],
  ["nothing asked for is nothing", { containers: [container()] }, undefined],
] as const)("%s", (_rule, spec, says) => {
  expect(cpuOf(spec)).toBe(says);
});

test("up to 1.33 a request of the whole pod does not count", () => {
  const spec = {
    containers: [one("400m")],
    resources: level("300m"),
    overhead: resources({ cpu: "10m" }),
  };
  expect([cpuOf(spec, "v1.33.6"), cpuOf(spec, "v1.34.0")]).toEqual([410n, 310n]);
});

test("only cpu, memory and huge pages can be asked for by the whole pod", () => {
  const asked = resources({ memory: "2", "hugepages-2Mi": "2", "example.com/device": "9" });
  const spec = podSpec({
    containers: [container({ requests: resources({ "example.com/device": "1" }) })],
    resources: { requests: asked, limits: resources() },
  });
  expect(podRequests({ spec }, undefined)).toEqual(
    new Map([
      ["memory", 2n],
      ["hugepages-2Mi", 2n],
      ["example.com/device", 1n],
    ]),
  );
});

test("what is below a thousandth is rounded up once a pod, not once a container", () => {
  const half = container({
    requests: new Map([["cpu", { nano: 500_000n, format: "DecimalSI" }]]),
  });
  expect([cpuOf({ containers: [half] }), cpuOf({ containers: [half, half] })]).toEqual([1n, 1n]);
  expect(cpuOf({ containers: [half, half, half] })).toBe(2n);
});

// A resize in place: spec, what the kubelet allocated, what the container has
const resized = (spec: string, allocated: string, actual: string) => ({
  containers: asks(spec),
  status: {
    name: "agent",
    ready: true,
    restarts: 0,
    state: undefined,
    lastState: undefined,
    allocated: resources({ cpu: allocated }),
    actual: resources({ cpu: actual }),
  },
});
test.each([
  ["up to 1.32 the spec alone counts", "v1.32.9", ["1", "2", "2"], [], 1000n],
  ["from 1.33 the largest of the three", "v1.33.0", ["2", "1", "1"], [], 2000n],
  ["what it still has counts until it is taken", "v1.33.0", ["1", "1", "2"], [], 2000n],
  ["a wish that is put off counts", "v1.33.0", ["2", "1", "1"], ["Deferred"], 2000n],
  ["a wish that cannot come true does not", "v1.33.0", ["2", "1", "1"], ["Infeasible"], 1000n],
  ["nor from 1.37 on", "v1.37.0", ["2", "1", "1"], ["Infeasible"], 1000n],
] as const)("resize: %s", (_rule, version, [spec, allocated, actual], [reason], says) => {
  const { containers, status } = resized(spec, allocated, actual);
  const conditions =
    reason === undefined ? [] : [condition("PodResizePending", "True", { reason })];
  const asked = pod("p", { spec: { containers }, status: { containers: [status], conditions } });
  expect(podRequests(asked, parseVersion(version)).get("cpu")).toBe(says);
});

test("resize: up to 1.36 the largest of each container is added, in 1.37 the largest sum counts", () => {
  const made = (name: string, spec: string, has: string) => ({
    container: container({ name, requests: resources({ cpu: spec }) }),
    status: { ...resized(spec, has, has).status, name },
  });
  const both = [made("a", "2", "1"), made("b", "1", "2")];
  const asked = pod("p", {
    spec: { containers: both.map((part) => part.container) },
    status: { containers: both.map(({ status }) => status) },
  });
  const says = (version: string) => podRequests(asked, parseVersion(version)).get("cpu");
  expect([says("v1.36.3"), says("v1.37.0")]).toEqual([4000n, 3000n]);
});

// helpers.go of 1.33 to 1.36, AggregateContainerRequests: cs.Resources != nil, and only where restartPolicy is Always
const STATUS = {
  ready: true,
  restarts: 0,
  state: undefined,
  lastState: undefined,
  allocated: resources({ cpu: "3" }),
  actual: undefined,
};
const reported = { actual: resources({ cpu: "2" }) };
test.each([
  ["not reported: what was allocated does not count", "v1.34.4", "app", {}, [], 1000n],
  ["from 1.37 on it does", "v1.37.0", "app", {}, [], 3000n],
  ["reported, and empty: it counts", "v1.34.4", "app", { hasResources: true }, [], 3000n],
  [
    "reported limits only: it counts",
    "v1.34.4",
    "app",
    { actualLimits: resources({ cpu: "1" }) },
    [],
    3000n,
  ],
  ["of a sidecar it counts", "v1.34.4", "sidecar", reported, [], 3000n],
  ["of an init container that ends it does not", "v1.34.4", "init", reported, [], 1000n],
  ["from 1.37 on of that one too", "v1.37.0", "init", reported, [], 3000n],
  [
    "a wish that cannot come true counts while nothing is reported",
    "v1.34.4",
    "app",
    {},
    [INFEASIBLE],
    1000n,
  ],
] as const)(
  "resize, a container's resources: %s",
  (_rule, version, role, status, conditions, says) => {
    const asked = container({ requests: resources({ cpu: "1" }), sidecar: role === "sidecar" });
    const statuses = [{ ...STATUS, ...status, name: asked.name }];
    const isApp = role === "app";
    const one = pod("p", {
      spec: { containers: isApp ? [asked] : [], initContainers: isApp ? [] : [asked] },
      status: podStatus({
        containers: isApp ? statuses : [],
        initContainers: isApp ? [] : statuses,
        conditions,
      }),
    });
    expect(podRequests(one, parseVersion(version)).get("cpu")).toBe(says);
  },
);

test("resize: up to 1.36 limits follow what the kubelet reports of each container, else the spec", () => {
  const made = (name: string, status: object) => ({
    container: container({ name, limits: resources({ cpu: "1" }) }),
    status: { ...STATUS, name, ...status },
  });
  const both = [made("told", { actualLimits: resources({ cpu: "4" }) }), made("silent", {})];
  const one = pod("p", {
    spec: { containers: both.map((part) => part.container) },
    status: podStatus({ containers: both.map(({ status }) => status) }),
  });
  const limits = limitList(one, requestOptionsOf(parseVersion("v1.36.0"))).get("cpu");
  expect(limits && milliUnits(limits)).toBe(5000n);
});

test("init containers and their order only ever add to what the containers ask for", () => {
  const anyContainer = fc
    .tuple(fc.nat({ max: 20 }), fc.boolean())
    .map(([tenths, sidecar]) => one(`${tenths * 100}m`, sidecar));
  const all = fc.array(anyContainer, { maxLength: 4 });
  fc.assert(
    fc.property(all, all, (containers, initContainers) => {
      const whole = cpuOf({ containers, initContainers }) ?? 0n;
      const running = cpuOf({
        containers: [...containers, ...initContainers.filter(({ sidecar }) => sidecar)],
      });
      const sum = cpuOf({ containers: [...containers, ...initContainers] }) ?? 0n;

      expect(whole).toBeGreaterThanOrEqual(running ?? 0n);
      expect(whole).toBeLessThanOrEqual(sum);
    }),
  );
});

// helpers.go, PodRequests: pod.Status.Resources != nil
test.each([
  ["not written: the spec counts", {}, "1"],
  ["written, and empty: what was promised counts too", { hasResources: true }, "3"],
  ["written, and more", { hasResources: true, actual: resources({ cpu: "5" }) }, "5"],
] as const)("pod-level amounts of the status are %s", (_rule, written, cpu) => {
  const one = pod("p", {
    spec: {
      containers: asks("7"),
      resources: { requests: resources({ cpu: "1" }), limits: resources({}) },
    },
    status: podStatus({ containers: [], allocated: resources({ cpu: "3" }), ...written }),
  });
  expect(podRequests(one, parseVersion("v1.37.0")).get("cpu")).toBe(BigInt(cpu) * 1000n);
});

// helpers.go, PodRequests: 1.36 goes through the spec's names, 1.37 through the status'
test.each([
  ["up to 1.36 what the spec does not name is the containers' own", "v1.36.0", [], [2000n, 7n]],
  ["from 1.37 on what the status names", "v1.37.0", [], [2000n, 9n]],
  ["a wish that cannot come true and was never met is nothing", "v1.36.0", [INFEASIBLE], [0n, 7n]],
] as const)("pod-level amounts of the status: %s", (_rule, version, conditions, says) => {
  const one = pod("p", {
    spec: {
      containers: [container({ requests: resources({ cpu: "1", memory: "7" }) })],
      resources: { requests: resources({ cpu: "2" }), limits: resources({}) },
    },
    status: podStatus({ containers: [], conditions, actual: resources({ memory: "9" }) }),
  });
  const amounts = podRequests(one, parseVersion(version));
  expect([amounts.get("cpu"), amounts.get("memory")]).toEqual(says);
});

test("an empty status.resources, and a resize that will not come true: the containers' sum is left", () => {
  const one = pod("p", {
    spec: {
      containers: asks("7"),
      resources: { requests: resources({ cpu: "1" }), limits: resources({}) },
    },
    status: podStatus({
      containers: [
        {
          name: "agent",
          ready: true,
          restarts: 0,
          state: undefined,
          lastState: undefined,
          allocated: resources({ cpu: "2" }),
          actual: undefined,
        },
      ],
      conditions: [INFEASIBLE],
      hasResources: true,
    }),
  });
  expect(podRequests(one, parseVersion("v1.37.0")).get("cpu")).toBe(2000n);
});

// AggregateContainerRequests: max(spec, actuated, allocated), of equal amounts the first one's way of writing
test("of equal sums the kubelet's actual one decides how it is written", () => {
  const given = (memory: string) => resources({ memory });
  const one = pod("p", {
    spec: { containers: [container()] },
    status: podStatus({ containers: [], allocated: given("1Ki"), actual: given("1024") }),
  });
  const options = requestOptionsOf(parseVersion("v1.37.0"));
  expect(requestList(one, options).get("memory")?.format).toBe("DecimalSI");
});

const readFrom = (status: object) => readAs("Pod", { metadata: { name: "p" }, spec: {}, status });
test("an empty status.resources is told from an absent one", () => {
  expect(readFrom({ resources: {} }).status.hasResources).toBe(true);
  expect(readFrom({ resources: null }).status.hasResources).toBeUndefined();
  expect(readFrom({}).status.hasResources).toBeUndefined();
});

test("so is one of a container's status", () => {
  const { containers } = readFrom({
    containerStatuses: [{ name: "a", resources: {} }, { name: "b" }],
  }).status;
  expect(containers.map(({ hasResources }) => hasResources)).toEqual([true, undefined]);
});
