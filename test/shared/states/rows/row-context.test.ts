import { describe, expect, test } from "vitest";
import type { Surroundings } from "#shared/states/view/bundle.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import { rowContext } from "#shared/states/rows/row-context.ts";
import { ago, daemonSet, labels, node, pod, taint, tolerate } from "../../../fixtures/build.ts";
import { service as serviceNamed } from "../../../fixtures/ask-cause.ts";

const service = (name: string, selector: Readonly<Record<string, string>>, namespace = "shop") =>
  serviceNamed(name, { namespace, selector: labels(selector), ports: [] });
const agent = daemonSet("agent", { namespace: "shop" });
const gpu = daemonSet("gpu", {
  namespace: "shop",
  template: { nodeSelector: labels({ gpu: "yes" }), tolerations: [tolerate("gpu", "", "yes")] },
});
const given = (parts: Partial<Surroundings> = {}): Surroundings => ({
  version: parseVersion("v1.34.0"),
  daemonSets: [agent, gpu],
  services: [service("a", { app: "x", tier: "y" }), service("b", { app: "z" })],
  ...parts,
});
const claiming = daemonSet("claims", {
  namespace: "shop",
  template: { volumes: [{ name: "v", source: { type: "claim", claim: "shared" } }] },
});

describe("every node's row says the same", () => {
  const { signature } = rowContext(given());
  const counted = { ...agent.status, ready: 7 };
  test.each([
    [
      "whoever came first",
      given({ daemonSets: [gpu, agent], services: given().services.toReversed() }),
    ],
    ["when only a status is another", given({ daemonSets: [{ ...agent, status: counted }, gpu] })],
    [
      "when a Service that selects nothing comes",
      given({ services: [...given().services, service("c", {})] }),
    ],
    [
      "when a Service that asks for known labels comes",
      given({ services: [...given().services, service("c", { tier: "q" })] }),
    ],
  ])("%s", (_when, other) => {
    expect(rowContext(other).signature).toBe(signature);
  });

  test.each([
    ["when a DaemonSet goes", given({ daemonSets: [agent] })],
    [
      "when one selects other nodes",
      given({ daemonSets: [agent, { ...gpu, template: agent.template }] }),
    ],
    ["when one is born again", given({ daemonSets: [agent, { ...gpu, uid: "another" }] })],
    ["when one mounts a claim", given({ daemonSets: [agent, gpu, claiming] })],
    ["when a Service asks for another label", given({ services: [service("a", { app: "x" })] })],
    [
      "when one of another namespace does",
      given({ services: [...given().services, service("a", { app: "x" }, "b")] }),
    ],
    ["when the version is another", given({ version: parseVersion("v1.33.0") })],
  ])("but not %s", (_when, other) => {
    expect(rowContext(other).signature).not.toBe(signature);
  });
});

test("labels count that Services of the namespace ask for", () => {
  const context = rowContext(given());

  expect([context.labelKeys("shop"), context.labelKeys("other")]).toEqual([
    new Set(["app", "tier"]),
    new Set(),
  ]);
});

test.each([
  ["where nothing keeps it off", node("a", { labels: labels({ gpu: "yes" }) }), ["agent", "gpu"]],
  ["not where it selects other nodes", node("a"), ["agent"]],
  [
    "not where a taint keeps it off",
    node("a", { labels: labels({ gpu: "yes" }), taints: [taint("gpu", "NoSchedule", "yes")] }),
    ["gpu"],
  ],
  [
    "under a taint that will go",
    node("a", { taints: [taint("node.kubernetes.io/not-ready", "NoExecute")], createdAt: ago(9) }),
    ["agent"],
  ],
])("a DaemonSet is wanted %s", (_where, on, names) => {
  const uids = new Map([agent, gpu].map(({ uid, name }) => [uid, name]));

  expect([...rowContext(given()).wantedOn(on)].map((uid) => uids.get(uid))).toEqual(names);
});

test.each([
  ["shares a claim with a daemon", "shared", "shop", true],
  ["has a claim of its own", "own", "shop", false],
  ["has one of the same name elsewhere", "shared", "other", false],
] as const)("a pod that %s is named or not", (_what, claim, namespace, named) => {
  const volumes = [{ name: "v", source: { type: "claim", claim } }] as const;
  const context = rowContext(given({ daemonSets: [claiming] }));

  expect(context.isNamed(pod("one", { namespace, spec: { volumes } }))).toBe(named);
});
