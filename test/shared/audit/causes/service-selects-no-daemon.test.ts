import { expect, test } from "vitest";
import { serviceSelectsNoDaemon } from "#shared/audit/causes/service-selects-no-daemon.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import { daemonPod, daemonSet, labels, node, notSeen, pod } from "../../../fixtures/build.ts";
import { askService, endpoint, service, serviceOf, slice } from "../../../fixtures/ask-cause.ts";

const templated = (
  name: string,
  record: Readonly<Record<string, string>>,
  namespace = "kube-system",
) => daemonSet(name, { namespace, templateLabels: labels(record) });
const BIT = templated("fluent-bit", {
  "app.kubernetes.io/name": "fluent-bit",
  "app.kubernetes.io/instance": "logging",
});
const selecting = (record: Readonly<Record<string, string>>, name = "logs") =>
  service(name, { selector: labels(record) });

const found = (
  of: ReturnType<typeof service>,
  sets: readonly ReturnType<typeof daemonSet>[] = [BIT],
  parts: Partial<Cluster> = {},
) =>
  askService(
    serviceSelectsNoDaemon,
    serviceOf({
      Node: [node("n1")],
      Service: [of],
      DaemonSet: sets,
      Pod: sets.map((set) => daemonPod(set, "n1")),
      ...parts,
    }),
  );

const SLIP = selecting({
  "app.kubernetes.io/name": "flunet-bit",
  "app.kubernetes.io/instance": "logging",
});

test("one label is spelled otherwise: a warning that names both", () => {
  expect(found(SLIP)).toEqual({
    daemonSets: ["kube-system/fluent-bit"],
    severity: "warning",
    evidence: {
      service: "kube-system/logs",
      daemonSet: "kube-system/fluent-bit",
      sign: "slip",
      wanted: { key: "app.kubernetes.io/name", value: "flunet-bit" },
      has: { key: "app.kubernetes.io/name", value: "fluent-bit" },
    },
    says: "it asks for app.kubernetes.io/name=flunet-bit and selects no pod; those of DaemonSet kube-system/fluent-bit have app.kubernetes.io/name=fluent-bit",
    remedies: [
      {
        action: "fix-selector",
        service: "kube-system/logs",
        daemonSet: "kube-system/fluent-bit",
        why: "its pods have app.kubernetes.io/name=fluent-bit and not app.kubernetes.io/name=flunet-bit",
      },
    ],
  });
});

test("one name for both, and labels that differ: information", () => {
  const hit = found(
    selecting({ "app.kubernetes.io/name": "fluent-bit", tier: "node" }, "fluent-bit"),
  );
  expect(hit).toMatchObject({ severity: "info", evidence: { sign: "name" } });
  expect(hit?.says).toBe(
    "it asks for tier=node and selects no pod; those of DaemonSet kube-system/fluent-bit, which has its name have no tier",
  );
});

const OTHER = templated("fluent-bit-two", {
  "app.kubernetes.io/name": "fluent-bit",
  "app.kubernetes.io/instance": "logging",
});
const CSI = templated("ebs-csi-node", {
  "app.kubernetes.io/name": "aws-ebs-csi-driver",
  "app.kubernetes.io/component": "csi-node",
});

test.each([
  ["it selects the daemon", selecting({ "app.kubernetes.io/instance": "logging" }), [BIT], {}],
  [
    "it selects some pod of the namespace",
    SLIP,
    [BIT],
    { Pod: [pod("x", { namespace: "kube-system", labels: SLIP.selector })] },
  ],
  ["somebody fills its endpoints", SLIP, [BIT], { EndpointSlice: [slice(SLIP, endpoint("n1"))] }],
  ["it has no selector", selecting({}, "fluent-bit"), [BIT], {}],
  ["it is a name for something outside", { ...SLIP, type: "ExternalName" }, [BIT], {}],
  [
    "the DaemonSet is in another namespace",
    SLIP,
    [templated("fluent-bit", Object.fromEntries(BIT.templateLabels), "logging")],
    {},
  ],
  ["two DaemonSets are as near", SLIP, [BIT, OTHER], {}],
  [
    "a Deployment of the same chart at zero",
    selecting(
      {
        "app.kubernetes.io/name": "aws-ebs-csi-driver",
        "app.kubernetes.io/component": "csi-controller",
      },
      "ebs-csi-controller",
    ),
    [CSI],
    {},
  ],
  ["an ordinary Service without pods", selecting({ app: "web" }, "web"), [BIT, CSI], {}],
  ["the same name and nothing in common", selecting({ app: "web" }, "fluent-bit"), [BIT], {}],
  [
    "two labels differ, one of them by a slip",
    selecting({ "app.kubernetes.io/name": "flunet-bit", x: "y" }),
    [BIT],
    {},
  ],
  ["the DaemonSet is known by its pods only", SLIP, [{ ...BIT, inferred: true }], {}],
] as const)("silent: %s", (_rule, of, sets, parts) => {
  expect(found(of, sets, parts)).toBeUndefined();
});

test("a pod of the wanted labels in another namespace is no pod of the Service", () => {
  const elsewhere = pod("x", { namespace: "web", labels: SLIP.selector });
  expect(found(SLIP, [BIT], { Pod: [elsewhere] })).toMatchObject({ severity: "warning" });
});

test("a slip outweighs a name", () => {
  const named = templated("logs", { "app.kubernetes.io/name": "x" });
  expect(found(SLIP, [named, BIT])).toMatchObject({ daemonSets: ["kube-system/fluent-bit"] });
});

test("without pods it cannot be told whether it selects one", () => {
  const view = serviceOf({ Service: [SLIP], DaemonSet: [BIT], notSeen: notSeen("Pod") });
  expect(serviceSelectsNoDaemon.find(view)).toEqual({ cannotTell: "not all pods were read" });
});
