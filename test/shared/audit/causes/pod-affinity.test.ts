import { expect, test } from "vitest";
import { podAffinity } from "#shared/audit/causes/pod-affinity.ts";
import type { Pod, PodAffinityTerm, PodSpec } from "#shared/cluster/pod.ts";
import {
  cluster,
  daemonPod,
  daemonSet,
  labels,
  node,
  notSeen,
  pod,
} from "../../../fixtures/build.ts";
import { placementOf, unscheduled } from "../../../fixtures/placement.ts";

const against = (app: string, parts: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  selector: { matchLabels: labels({ app }), matchExpressions: [] },
  namespaces: [],
  namespaceSelector: undefined,
  topologyKey: "kubernetes.io/hostname",
  matchLabelKeys: [],
  mismatchLabelKeys: [],
  ...parts,
});
function waiting(template: Partial<PodSpec>, others: readonly Pod[], message = "") {
  const set = daemonSet("agent", { template });
  const own = daemonPod(set, "n1", { spec: { nodeName: "" }, status: unscheduled(message) });
  return placementOf(
    cluster({ Node: [node("n1"), node("n2")], DaemonSet: [set], Pod: [...others, own] }),
  );
}
const other = (name: string, spec: Partial<PodSpec> = {}, namespace = "kube-system") =>
  pod(name, { namespace, labels: labels({ app: "db" }), spec: { nodeName: "n1", ...spec } });

test.each([
  [
    "it will not stand beside a pod that is there",
    { requiredPodAntiAffinity: [against("db")] },
    [other("db-0")],
    "its anti-affinity by kubernetes.io/hostname does not allow it beside kube-system/db-0",
  ],
  [
    "a pod that is there will not have it",
    {},
    [other("db-0", { requiredPodAntiAffinity: [against("agent")] })],
    "kube-system/db-0 does not allow it beside itself, by its anti-affinity over kubernetes.io/hostname",
  ],
] as const)("%s", (_rule, template, others, sentence) => {
  const hit = podAffinity.find(waiting(template, others));
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(podAffinity.explain(hit.evidence)).toBe(sentence);
});

test("spread is taken from the scheduler", () => {
  const said =
    "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) didn't satisfy plugin(s) [NodeAffinity].";
  expect(podAffinity.find(waiting({}, [], said))).toMatchObject({ evidence: { rule: "spread" } });
});

test.each([
  [
    "the pod stands on another node",
    { requiredPodAntiAffinity: [against("db")] },
    [other("db-0", { nodeName: "n2" })],
  ],
  [
    "the pod is in another namespace",
    { requiredPodAntiAffinity: [against("db")] },
    [other("db-0", {}, "web")],
  ],
  [
    "the rule speaks of other labels",
    { requiredPodAntiAffinity: [against("cache")] },
    [other("db-0")],
  ],
  ["nobody has a rule", {}, [other("db-0")]],
] as const)("silent: %s", (_rule, template, others) => {
  expect(podAffinity.find(waiting(template, others))).toBeUndefined();
});

test("without all pods the neighbours are not known", () => {
  const set = daemonSet("agent", { template: { requiredPodAntiAffinity: [against("db")] } });
  const own = daemonPod(set, "n1", { spec: { nodeName: "" }, status: unscheduled() });
  const view = placementOf(
    cluster({ Node: [node("n1")], DaemonSet: [set], Pod: [own], notSeen: notSeen("Pod") }),
  );
  expect(podAffinity.find(view)).toEqual({
    cannotTell: "not all pods were read, so the neighbours are not known",
  });
});
