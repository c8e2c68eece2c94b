import { expect, test } from "vitest";
import { byAge, podsByNode } from "#shared/cluster/daemon-controller/pods-by-node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { ago, daemonPod, daemonSet, labels, NOW, pod } from "../../../fixtures/build.ts";

const SET = daemonSet("agent");
const at = (name: string, seconds: number | undefined, nodeName = "n1"): Pod =>
  daemonPod(SET, "n1", {
    name,
    createdAt: seconds === undefined ? undefined : ago(seconds),
    spec: { nodeName },
  });

test("bound pods come first, then older ones, then by name", () => {
  const pods = [
    at("c", 5),
    at("b", 50, ""),
    at("b2", 5),
    at("a", 5),
    at("z", 50),
    at("y", undefined),
  ];
  expect(pods.toSorted(byAge).map(({ name }) => name)).toEqual(["y", "z", "a", "b2", "c", "b"]);
  expect([at("b", undefined), at("a", undefined)].toSorted(byAge)[0]?.name).toBe("a");
});

test("a pod belongs to the node that it is bound or pinned to; what is pinned to none is in no count", () => {
  const lost = pod("lost", { spec: { nodeSelector: labels({ a: "b" }) } });
  const found = podsByNode([at("bound", 1), at("pinned", 1, ""), at("there", 1, "n2"), lost]);
  expect([...found].map(([name, pods]) => [name, pods.map((one) => one.name)])).toEqual([
    ["n1", ["bound", "pinned"]],
    ["n2", ["there"]],
  ]);
});

test.each([
  ["Running", undefined, true],
  ["Failed", undefined, true],
  ["Running", NOW, true],
  ["Failed", NOW, false],
  ["Succeeded", NOW, false],
] as const)("%s, deleted at %s: counted %s", (phase, deletionAt, says) => {
  const one = daemonPod(SET, "n1", { deletionAt, status: { phase } });
  expect(podsByNode([one]).has("n1")).toBe(says);
});
