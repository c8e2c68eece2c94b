import { describe, expect, test } from "vitest";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod, PodSpec } from "#shared/cluster/pod.ts";
import { ago, container, daemonPod, daemonSet, pod, resources } from "../fixtures/build.ts";
import { unscheduled } from "../fixtures/placement.ts";
import { managedNode, some } from "../fixtures/pools.ts";
import { fleet, workload } from "./fleet.ts";
import { alarms, audited, factsOf, onlyAlarm } from "./heard.ts";

/** The ten rules that most auditors get wrong, each on whole placements. */
const five = some(5, "worker", managedNode);

const placing = (template: Partial<PodSpec>): DaemonSet =>
  daemonSet("agent", { namespace: "monitoring", template });

const term = (key: string, operator: string, ...values: readonly string[]) => ({
  matchExpressions: [{ key, operator, values }],
  matchFields: [],
});
const EMPTY = { matchExpressions: [], matchFields: [] };

test.each([
  ["NotIn matches a node without the label", [term("type", "NotIn", "fargate")], "yes"],
  ["DoesNotExist does too", [term("type", "DoesNotExist")], "yes"],
  ["an empty term matches nothing", [EMPTY], "no"],
  [
    "a broken term does not break the others",
    [term("a", "In"), term("kubernetes.io/os", "Exists")],
    "yes",
  ],
] as const)("rule 6: %s", (_rule, terms, intended) => {
  const set = placing({ requiredNodeAffinity: { terms } });
  const [view] = audited(fleet({ nodes: [managedNode("worker-1")], sets: [set], there: () => [] }))
    .facts.daemonSets;

  expect(view?.placements().map((placement) => placement.intended)).toEqual([intended]);
});

/** What admission made of the template: a request out of the limit, the RuntimeClass' overhead, hostNetwork's ports. */
const admitted = (set: DaemonSet, on: Node): Pod =>
  daemonPod(set, on.name, {
    createdAt: ago(900),
    spec: {
      nodeName: "",
      hostNetwork: true,
      overhead: resources({ cpu: "250m" }),
      containers: [
        container({
          requests: resources({ cpu: "1" }),
          limits: resources({ cpu: "1" }),
          ports: [{ containerPort: 9100, hostPort: 9100, hostIP: "", protocol: "TCP" }],
        }),
      ],
    },
    status: unscheduled(),
  });
const bare = placing({
  hostNetwork: true,
  containers: [
    container({
      limits: resources({ cpu: "1" }),
      ports: [{ containerPort: 9100, hostPort: 0, hostIP: "", protocol: "TCP" }],
    }),
  ],
});

describe("rule 7: the pod is judged, not the template", () => {
  const waiting = (pods: readonly Pod[]): Cluster =>
    fleet({
      nodes: [managedNode("worker-1")],
      sets: [bare],
      there: (set, on) => [admitted(set, on)],
      pods,
    });

  test("its request comes from the limit and from the RuntimeClass", () => {
    expect(
      factsOf(onlyAlarm(waiting([workload("batch-1", "worker-1", { cpu: "3" })]))),
    ).toMatchObject([{ resource: "cpu", requested: "1250", free: "1000", missing: "250" }]);
  });

  test("hostNetwork made host ports of its ports", () => {
    const holder = pod("exporter", {
      spec: {
        nodeName: "worker-1",
        containers: [
          container({
            ports: [{ containerPort: 80, hostPort: 9100, hostIP: "", protocol: "TCP" }],
          }),
        ],
      },
    });

    expect(factsOf(onlyAlarm(waiting([holder])))).toMatchObject([
      { port: 9100, holder: "default/exporter" },
    ]);
  });
});

describe("rule 8: what counts as used on the node", () => {
  const cpu = (amount: string) => container({ requests: resources({ cpu: amount }) });
  const half = placing({ containers: [cpu("500m")] });
  /** 4 cpu; the daemon asks for half of one. */
  const beside = (pods: readonly Pod[]): readonly string[] =>
    alarms(
      fleet({
        nodes: [managedNode("worker-1")],
        sets: [half],
        there: (set, on) => [
          daemonPod(set, on.name, {
            createdAt: ago(900),
            spec: { nodeName: "", priority: 100 },
            status: unscheduled(),
          }),
        ],
        pods,
      }),
    );
  const holding = (spec: Partial<PodSpec>, parts: Parameters<typeof pod>[1] = {}): Pod =>
    pod("other", { ...parts, spec: { nodeName: "worker-1", priority: 200, ...spec } });
  const nominated = (priority: number): Pod =>
    holding(
      { nodeName: "", containers: [cpu("3600m")], priority },
      { status: { ...unscheduled(), nominatedNodeName: "worker-1" } },
    );
  const SHORT = ["warning insufficient-cpu DaemonSet monitoring/agent"];
  const sidecar = { ...cpu("100m"), name: "proxy", sidecar: true };
  const init = { ...cpu("3500m"), name: "setup" };

  test.each([
    [
      "a pod that is ending holds its room until it is gone",
      holding({ containers: [cpu("3600m")] }, { deletionAt: ago(-20) }),
      true,
    ],
    [
      "one that has failed holds nothing",
      holding({ containers: [cpu("3600m")] }, { status: { phase: "Failed" } }),
      false,
    ],
    [
      "nor does one that has succeeded",
      holding({ containers: [cpu("3600m")] }, { status: { phase: "Succeeded" } }),
      false,
    ],
    ["one of equal priority that was promised the room holds it", nominated(100), true],
    ["one of lower priority does not", nominated(50), false],
    [
      "a sidecar before an init container adds to it",
      holding({ initContainers: [sidecar, init], containers: [cpu("200m")] }),
      true,
    ],
    [
      "a sidecar after it does not",
      holding({ initContainers: [init, sidecar], containers: [cpu("200m")] }),
      false,
    ],
  ] as const)("%s", (_rule, other, short) => {
    const found = beside([other]);

    expect(found.includes(SHORT[0] ?? "")).toBe(short);
  });
});

describe("rule 9: the scheduler names the first filter that failed, of one node among n", () => {
  const both = placing({
    containers: [
      container({
        requests: resources({ cpu: "2" }),
        ports: [{ containerPort: 9100, hostPort: 9100, hostIP: "", protocol: "TCP" }],
      }),
    ],
  });
  const cluster = fleet({
    nodes: five,
    sets: [both],
    there: (set, on) =>
      on.name === "worker-3"
        ? [
            daemonPod(set, on.name, {
              createdAt: ago(900),
              spec: { nodeName: "" },
              status: unscheduled(
                "0/5 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 4 node(s) didn't satisfy plugin(s) [NodeAffinity].",
              ),
            }),
          ]
        : undefined,
    pods: [
      workload("batch-1", "worker-3", {
        cpu: "3",
        spec: {
          containers: [
            container({
              requests: resources({ cpu: "3" }),
              ports: [{ containerPort: 80, hostPort: 9100, hostIP: "", protocol: "TCP" }],
            }),
          ],
        },
      }),
    ],
  });

  test("its message is the story of one node, however many it counts", () => {
    expect(onlyAlarm(cluster).nodes).toEqual(["worker-3"]);
  });

  test("a port that is taken hides the cpu that is missing too: both are told", () => {
    const alarm = onlyAlarm(cluster);

    expect(alarm.cause).toBe("host-port-conflict");
    expect(factsOf(alarm)).toMatchObject([{ also: [{ resource: "cpu", missing: "1000" }] }]);
    expect(alarm.summary).toContain("also short of cpu");
  });
});
