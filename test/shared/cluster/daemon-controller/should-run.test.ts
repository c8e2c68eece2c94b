import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  runnerIn,
  shouldRun,
  type ShouldRun,
} from "#shared/cluster/daemon-controller/should-run.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import {
  condition,
  daemonSet,
  labels,
  node,
  taint,
  tolerate,
  TOLERATE_ALL,
} from "../../../fixtures/build.ts";

const PLAIN = daemonSet("agent");
const HOST = daemonSet("cni", { template: { hostNetwork: true } });
const ALL = daemonSet("proxy", { template: { tolerations: [TOLERATE_ALL] } });
const K = "node.kubernetes.io/";

const letters = ({ run, continue: stay }: ShouldRun): string =>
  `${run === "yes" ? "T" : "F"},${stay === "yes" ? "T" : "F"}`;

// daemon_controller.go, NodeShouldRunDaemonPod: (run, continue) of a plain, a hostNetwork and a tolerate-all daemon
test.each([
  ["no taint", [], "T,T T,T T,T"],
  ["a cordon", [taint(`${K}unschedulable`)], "T,T T,T T,T"],
  ["PreferNoSchedule keeps nobody away", [taint("any", "PreferNoSchedule")], "T,T T,T T,T"],
  ["unreachable:NoExecute alone", [taint(`${K}unreachable`, "NoExecute")], "T,T T,T T,T"],
  ["not-ready:NoExecute alone", [taint(`${K}not-ready`, "NoExecute")], "T,T T,T T,T"],
  ["not-ready:NoSchedule, as on every new node", [taint(`${K}not-ready`)], "F,T F,T T,T"],
  [
    "a dead node has both",
    [taint(`${K}unreachable`), taint(`${K}unreachable`, "NoExecute")],
    "F,T F,T T,T",
  ],
  ["disk pressure", [taint(`${K}disk-pressure`)], "T,T T,T T,T"],
  ["no network yet", [taint(`${K}network-unavailable`)], "F,T T,T T,T"],
  ["the autoscaler takes it down", [taint("ToBeDeletedByClusterAutoscaler")], "F,T F,T T,T"],
  ["the control plane", [taint("node-role.kubernetes.io/control-plane")], "F,T F,T T,T"],
  ["out of service", [taint(`${K}out-of-service`, "NoExecute")], "F,F F,F T,T"],
  ["a start-up gate of NoExecute", [taint("ebs.csi.aws.com/x", "NoExecute")], "F,F F,F T,T"],
] as const)("%s", (_what, taints, says) => {
  const on = node("n1", { taints });
  expect([PLAIN, HOST, ALL].map((set) => letters(shouldRun(set, on))).join(" ")).toBe(says);
});

test("conditions, resources and spec.unschedulable are not looked at, only taints are", () => {
  const on = node("n1", {
    unschedulable: true,
    conditions: [condition("Ready", "False")],
    allocatable: new Map(),
  });
  expect(shouldRun(PLAIN, on)).toEqual({ run: "yes", continue: "yes", because: "" });
});

const pinned = (operator: string) => ({
  terms: [{ matchExpressions: [{ key: "zone", operator, values: ["a"] }], matchFields: [] }],
});

test.each([
  [
    "a template that names another node",
    { nodeName: "n2" },
    ["no", "no", "its template names node n2"],
  ],
  ["a template that names this node", { nodeName: "n1" }, ["yes", "yes", ""]],
  [
    "a nodeSelector that does not match lets no pod stay",
    { nodeSelector: labels({ zone: "b" }) },
    ["no", "no", "nodeSelector zone=b does not match"],
  ],
  [
    "nor does affinity",
    { requiredNodeAffinity: pinned("NotIn") },
    ["no", "no", "required node affinity does not match"],
  ],
  [
    "affinity with a new operator cannot be told",
    { requiredNodeAffinity: pinned("Near") },
    ["unknown", "unknown", "whether its required node affinity matches cannot be told"],
  ],
] as const)("%s", (_rule, template, [run, stay, because]) => {
  const on = node("n1", { labels: labels({ zone: "a" }) });
  expect(shouldRun(daemonSet("agent", { template }), on)).toEqual({
    run,
    continue: stay,
    because,
  });
});

test("what surely keeps a pod away outweighs what cannot be told", () => {
  const set = daemonSet("agent", { template: { requiredNodeAffinity: pinned("Near") } });
  const says = (effect: string) => shouldRun(set, node("n1", { taints: [taint("gpu", effect)] }));
  expect(says("NoSchedule")).toEqual({
    run: "no",
    continue: "unknown",
    because: "taint gpu:NoSchedule is not tolerated",
  });
  expect(says("NoExecute")).toMatchObject({ run: "no", continue: "no" });
});

test("a Gt toleration that decides is a no before 1.35 and cannot be told from then on", () => {
  const tolerations = [{ ...tolerate("level", "", "5"), operator: "Gt" }];
  const set = daemonSet("agent", { template: { tolerations } });
  const on = node("n1", { taints: [taint("level", "NoSchedule", "7")] });
  const run = (version: string) => runnerIn({ set, version: parseVersion(version) })(on).run;
  expect([run("v1.34.1"), run("v1.35.0")]).toEqual(["no", "unknown"]);
  expect(shouldRun(set, on).because).toBe(
    "whether taint level=7:NoSchedule is tolerated depends on what cannot be seen",
  );
});

test("a taint of an effect that we do not know cannot be told, and lets a pod stay as little", () => {
  const on = node("n1", { taints: [taint("x", "NoAdmit")] });
  expect(shouldRun(PLAIN, on)).toMatchObject({ run: "unknown", continue: "unknown" });
});

// OpenShift's patch_nodeselector.go
test.each([
  ["matches", PLAIN, { zone: "a" }, [], "yes yes"],
  ["does not match: not even a running pod stays", PLAIN, { zone: "b" }, [], "no no"],
  ["is not asked where a taint says no already", PLAIN, { zone: "b" }, [taint("x")], "no yes"],
  ["settles what a taint left open", PLAIN, { zone: "b" }, [taint("x", "NoAdmit")], "no unknown"],
] as const)("the namespace's node selector %s", (_rule, set, selector, taints, says) => {
  const on = node("n1", { labels: labels({ zone: "a" }), taints });
  const found = shouldRun(set, on, { namespaceSelector: labels(selector) });
  expect(`${found.run} ${found.continue}`).toBe(says);
});

const anyTaint = fc
  .tuple(
    fc.constantFrom("a", `${K}not-ready`, `${K}unschedulable`),
    fc.constantFrom("NoSchedule", "NoExecute", "PreferNoSchedule"),
  )
  .map((parts) => taint(...parts));
const anyToleration = fc
  .tuple(fc.constantFrom("", "a", `${K}not-ready`), fc.constantFrom("", "NoSchedule", "NoExecute"))
  .map((parts) => tolerate(...parts));

test("whoever should run may stay; one more toleration never ends that, one more taint never begins it", () => {
  const level = { no: 0, unknown: 1, yes: 2 };
  const sum = ({ run, continue: stay }: ShouldRun): readonly [number, number] => [
    level[run],
    level[stay],
  ];
  fc.assert(
    fc.property(
      fc.array(anyTaint),
      fc.array(anyToleration),
      anyTaint,
      anyToleration,
      (taints, tolerations, taintMore, tolerateMore) => {
        const judge = (has: typeof taints, bears: typeof tolerations) =>
          sum(
            shouldRun(
              daemonSet("agent", { template: { tolerations: bears } }),
              node("n1", { taints: has }),
            ),
          );
        const [run, stay] = judge(taints, tolerations);
        const borne = judge(taints, [...tolerations, tolerateMore]);
        const tainted = judge([...taints, taintMore], tolerations);

        expect(stay).toBeGreaterThanOrEqual(run);
        expect(borne[0] >= run && borne[1] >= stay).toBe(true);
        expect(tainted[0] <= run && tainted[1] <= stay).toBe(true);
      },
    ),
  );
});
