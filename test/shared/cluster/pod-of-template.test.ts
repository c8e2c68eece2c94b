import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hostPortsOf } from "#shared/cluster/host-ports.ts";
import { podSpecOf } from "#shared/cluster/pod-of-template.ts";
import type { PodSpec } from "#shared/cluster/pod.ts";
import type { RuntimeClass } from "#shared/cluster/policy.ts";
import { podRequests } from "#shared/cluster/requests.ts";
import { container, labels, metadata, podSpec, resources, tolerate } from "../../fixtures/build.ts";

const KATA: RuntimeClass = {
  ...metadata({ name: "kata" }),
  nodeSelector: labels({ kata: "true" }),
  tolerations: [tolerate("kata")],
  overhead: resources({ cpu: "250m" }),
};
const port = (containerPort: number, hostPort = 0) => ({
  containerPort,
  hostPort,
  hostIP: "",
  protocol: "TCP",
});

test("template is not pod: it asks for its limit, its overhead and its hostNetwork port", () => {
  const template = podSpec({
    hostNetwork: true,
    runtimeClassName: "kata",
    containers: [container({ limits: resources({ cpu: "1" }), ports: [port(9100)] })],
  });
  const made = podSpecOf(template, KATA);
  expect(podRequests({ spec: template }, undefined).get("cpu")).toBe(undefined);
  expect(podRequests({ spec: made }, undefined).get("cpu")).toBe(1250n);
  expect(hostPortsOf(template, undefined)).toEqual([]);
  expect(hostPortsOf(made, undefined)).toEqual([{ ip: "0.0.0.0", protocol: "TCP", port: 9100 }]);
});

const cpuOf = (parts: Partial<PodSpec>) =>
  podRequests({ spec: podSpecOf(podSpec(parts)) }, undefined).get("cpu");
const limit = (cpu: string) => container({ limits: resources({ cpu }) });
const asks = (cpu: string) => container({ requests: resources({ cpu }) });
const level = (cpu: string) => ({ requests: resources(), limits: resources({ cpu }) });

// pkg/apis/core/v1/defaults.go, SetDefaults_Pod
test.each([
  [
    "a request is never more for its limit",
    { containers: [{ ...limit("2"), requests: resources({ cpu: "1" }) }] },
    1000n,
  ],
  [
    "each resource by itself",
    { containers: [{ ...limit("2"), requests: resources({ memory: "1Gi" }) }] },
    2000n,
  ],
  [
    "a limit of an init container is its request",
    { initContainers: [limit("3")], containers: [asks("1")] },
    3000n,
  ],
  [
    "a limit of the whole pod is its request where no container asks",
    { containers: [container()], resources: level("2") },
    2000n,
  ],
  [
    "where one asks, what they ask for is",
    { containers: [asks("1")], resources: level("2") },
    1000n,
  ],
  [
    "a request of the whole pod is never more for its limit",
    { containers: [asks("2")], resources: { ...level("4"), requests: resources({ cpu: "3" }) } },
    3000n,
  ],
  ["a limit of a container is asking", { containers: [limit("1")], resources: level("2") }, 1000n],
] as const)("%s", (_rule, parts, says) => {
  expect(cpuOf(parts)).toBe(says);
});

test("huge pages of the whole pod are asked for as limited, whatever containers ask for", () => {
  const pages = (size: string) => resources({ "hugepages-2Mi": size });
  const spec = podSpecOf(
    podSpec({
      containers: [container({ requests: pages("2Mi"), limits: pages("2Mi") })],
      resources: { requests: resources(), limits: pages("8Mi") },
    }),
  );
  expect(podRequests({ spec }, undefined).get("hugepages-2Mi")).toBe(8n << 20n);
});

test.each([
  ["without hostNetwork no port is a host port", false, [port(80), port(81, 8081)], [8081]],
  ["with it every one is, where none is set", true, [port(80), port(81, 8081)], [80, 8081]],
] as const)("%s", (_rule, hostNetwork, ports, says) => {
  const spec = podSpecOf(podSpec({ hostNetwork, containers: [container({ ports })] }));
  expect(hostPortsOf(spec, undefined).map((one) => one.port)).toEqual(says);
});

test("with hostNetwork a sidecar's ports are host ports too", () => {
  const sidecar = container({ ports: [port(80)], sidecar: true });
  const spec = podSpecOf(podSpec({ hostNetwork: true, initContainers: [sidecar] }));
  expect(hostPortsOf(spec, undefined).map((one) => one.port)).toEqual([80]);
});

// plugin/pkg/admission/runtimeclass
test("a RuntimeClass adds its node selector and tolerations beside the controller's own", () => {
  const made = podSpecOf(
    podSpec({ runtimeClassName: "kata", nodeSelector: labels({ zone: "a" }) }),
    KATA,
  );
  expect(made.nodeSelector).toEqual(
    new Map([
      ["zone", "a"],
      ["kata", "true"],
    ]),
  );
  expect(made.tolerations.map(({ key }) => key)).toEqual([
    "kata",
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/unschedulable",
  ]);
});

test.each([
  ["one that it does not name", "gvisor"],
  ["none named", ""],
] as const)("a RuntimeClass adds nothing to a template: %s", (_rule, runtimeClassName) => {
  const template = podSpec({ runtimeClassName, containers: [asks("1")] });
  expect(podSpecOf(template, KATA)).toEqual(podSpecOf(template));
});

test("a class without overhead leaves what the template has", () => {
  const template = podSpec({ runtimeClassName: "kata", overhead: resources({ cpu: "1" }) });
  expect(podSpecOf(template, { ...KATA, overhead: resources() }).overhead).toEqual(
    resources({ cpu: "1" }),
  );
});

test("a pod's spec comes back as it was", () => {
  const anyContainer = fc
    .tuple(fc.boolean(), fc.boolean(), fc.nat({ max: 2 }))
    .map(([asking, limited, hostPort]) =>
      container({
        requests: asking ? resources({ cpu: "1" }) : resources(),
        limits: limited ? resources({ cpu: "2", memory: "1Gi" }) : resources(),
        ports: [port(80, hostPort)],
      }),
    );
  const all = fc.array(anyContainer, { maxLength: 3 });
  fc.assert(
    fc.property(all, all, fc.boolean(), fc.boolean(), (containers, initContainers, ...flags) => {
      const [hostNetwork, whole] = flags;
      const made = podSpecOf(
        podSpec({
          containers,
          initContainers,
          hostNetwork,
          runtimeClassName: "kata",
          resources: whole ? level("2") : undefined,
        }),
        KATA,
      );
      const again = podSpecOf(made, KATA);

      expect(podRequests({ spec: again }, undefined)).toEqual(
        podRequests({ spec: made }, undefined),
      );
      expect({ ...again, tolerations: [] }).toEqual({ ...made, tolerations: [] });
      expect(new Set(again.tolerations)).toEqual(
        new Set([...made.tolerations, ...KATA.tolerations]),
      );
    }),
  );
});
