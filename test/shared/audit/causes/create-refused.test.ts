import { expect, test } from "vitest";
import { createRefused } from "#shared/audit/causes/create-refused.ts";
import { podNotCreated } from "#shared/audit/causes/pod-not-created.ts";
import type { Event } from "#shared/cluster/policy.ts";
import { ago, cluster, daemonPod, daemonSet, node, notSeen } from "../../../fixtures/build.ts";
import { event, placementOf } from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
const refused = (message: string, parts: Partial<Event> = {}) =>
  event(set, { reason: "FailedCreate", message: `Error creating: ${message}`, count: 9, ...parts });
const without = (...events: readonly Event[]) =>
  placementOf(cluster({ Node: [node("n1")], DaemonSet: [set], Event: events }));

const QUOTA =
  'pods "agent-" is forbidden: exceeded quota: team, requested: pods=1, used: pods=10, limited: pods=10';

test("the first message is kept, with how often and since when", () => {
  expect(createRefused.find(without(refused(QUOTA)))).toEqual({
    since: ago(600),
    evidence: {
      daemonSet: "kube-system/agent",
      refusal: "quota",
      name: "team",
      kind: "",
      message: `Error creating: ${QUOTA}`,
      times: 9,
      containers: ["agent"],
    },
  });
});

test.each([
  ["quota", QUOTA, "raise-quota", `creation is refused: quota team is used up — ${QUOTA}`],
  [
    "quota wants values",
    'pods "a" is forbidden: failed quota: team: must specify cpu for: agent',
    "set-requests",
    "quota team wants requests or limits that the template does not set",
  ],
  [
    "quota scope",
    'pods "a" is forbidden: insufficient quota to match these scopes: [{PriorityClass In [system-node-critical]}]',
    "raise-quota",
    "no quota of the namespace admits its priority class",
  ],
  [
    "Pod Security, restricted",
    'pods "a" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
    "allow-pod-security",
    "the namespace enforces Pod Security restricted",
  ],
  [
    "limit range",
    'pods "a" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
    "set-requests",
    "a LimitRange of the namespace forbids what each Container asks for",
  ],
  [
    "no class",
    'pods "a" is forbidden: no PriorityClass with name daemons was found',
    "create-object",
    "there is no PriorityClass daemons",
  ],
  [
    "no account",
    'pods "a" is forbidden: error looking up service account kube-system/agent: serviceaccount "agent" not found',
    "create-object",
    "there is no ServiceAccount agent",
  ],
  [
    "a webhook denies",
    'admission webhook "policy.example" denied the request: exceeded quota: x, no',
    "fix-admission",
    "webhook policy.example denies it",
  ],
  [
    "a webhook is down",
    'Internal error occurred: failed calling webhook "policy.example": no endpoints available',
    "fix-admission",
    "webhook policy.example does not answer",
  ],
  ["something else", "the moon is full", "fix-admission", "creation is refused: the moon is full"],
] as const)("%s", (_rule, message, action, says) => {
  const view = without(refused(message));
  const hit = createRefused.find(view);
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(createRefused.explain(hit.evidence)).toContain(says);
  expect(
    createRefused.remedies(hit.evidence, { facts: view.facts, nodes: ["n1"], daemonSets: [] }),
  ).toMatchObject([{ action }]);
});

test.each([
  ["what baseline allows", "allowPrivilegeEscalation != false, runAsNonRoot != true", "baseline"],
  [
    "what only privileged allows",
    "host namespaces (hostNetwork=true), hostPath volumes",
    "privileged",
  ],
] as const)("the level that is advised admits %s", (_rule, violation, level) => {
  const view = without(
    refused(`pods "a" is forbidden: violates PodSecurity "restricted:latest": ${violation}`),
  );
  const hit = createRefused.find(view);
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(
    createRefused.remedies(hit.evidence, { facts: view.facts, nodes: ["n1"], daemonSets: [] }),
  ).toEqual([{ action: "allow-pod-security", namespace: "kube-system", level }]);
});

test("pods made in the same sync do not disprove it, pods made well after do", () => {
  const created = (lastAt: number) =>
    event(set, { reason: "SuccessfulCreate", type: "Normal", lastAt });
  expect(createRefused.find(without(refused(QUOTA), created(ago(58))))).toMatchObject({
    evidence: { refusal: "quota" },
  });
  expect(
    createRefused.find(without(refused(QUOTA, { lastAt: ago(900) }), created(ago(30)))),
  ).toBeUndefined();
});

test("a pod that exists was not refused; a node that is not eligible gets none", () => {
  const parts = { Node: [node("n1")], DaemonSet: [set], Event: [refused(QUOTA)] };
  expect(
    createRefused.find(placementOf(cluster({ ...parts, Pod: [daemonPod(set, "n1")] }))),
  ).toBeUndefined();
  expect(createRefused.find(placementOf(cluster(parts), { eligible: "no" }))).toBeUndefined();
});

test("without events it cannot be told", () => {
  const view = placementOf(
    cluster({ Node: [node("n1")], DaemonSet: [set], notSeen: notSeen("Event") }),
  );
  expect(createRefused.find(view)).toEqual({
    cannotTell: "events were not read, and only they tell whether creation was refused",
  });
});

test("absence of events proves nothing: without a pod it is still told that none was created", () => {
  const view = without();
  expect(createRefused.find(view)).toBeUndefined();
  expect(podNotCreated.find(view)).toMatchObject({ evidence: { daemonSet: "kube-system/agent" } });
});
