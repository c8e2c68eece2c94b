import { expect, test } from "vitest";
import { wrongPlatform } from "#shared/audit/causes/wrong-platform.ts";
import { cluster, daemonPod, daemonSet, node } from "../../../fixtures/build.ts";
import { crashing, notUp, placementOf, waitingContainer } from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
const onArm = (status: Parameters<typeof daemonPod>[2]) =>
  placementOf(
    cluster({
      Node: [node("arm1", { arch: "arm64" }), node("amd1")],
      DaemonSet: [set],
      Pod: [daemonPod(set, "arm1", status), daemonPod(set, "amd1")],
    }),
  );
const containers = (...all: readonly ReturnType<typeof crashing>[]) => ({
  status: notUp({ containers: all }),
});

test.each([
  [
    "it dies with exec format error",
    containers(crashing({ message: "exec /agent: exec format error" })),
    "exec-format",
  ],
  [
    "it cannot even be started",
    containers(waitingContainer("RunContainerError", "exec format error: unknown")),
    "exec-format",
  ],
  [
    "the image has no build",
    containers(waitingContainer("ErrImagePull", "no match for platform in manifest: not found")),
    "no-manifest",
  ],
  [
    "the same in Docker's words",
    containers(
      waitingContainer(
        "ErrImagePull",
        "no matching manifest for linux/arm64/v8 in the manifest list entries",
      ),
    ),
    "no-manifest",
  ],
  [
    "the kubelet refuses the pod",
    { status: { phase: "Failed", reason: "PodOSSelectorNodeLabelDoesNotMatch", message: "os" } },
    "kubelet-refused",
  ],
] as const)("%s", (_rule, pod, proof) => {
  expect(wrongPlatform.find(onArm(pod))).toMatchObject({
    part: "linux/arm64",
    evidence: { os: "linux", arch: "arm64", proof, coveredElsewhere: 1 },
  });
});

test("the sentence names image and platform, the remedy keeps it off", () => {
  const view = onArm(containers(crashing({ message: "exec format error" })));
  const hit = wrongPlatform.find(view);
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(wrongPlatform.explain(hit.evidence)).toBe(
    "agent's image registry.example/agent:1 is not a program for linux/arm64, while 1 of its pods runs on other platforms",
  );
  expect(
    wrongPlatform.remedies(hit.evidence, { facts: view.facts, nodes: ["arm1"], daemonSets: [] })[0],
  ).toEqual({
    action: "change-affinity",
    daemonSet: "kube-system/agent",
    requirement: { key: "kubernetes.io/arch", operator: "NotIn", values: ["arm64"] },
    change: "add",
    nodes: ["arm1"],
    why: "the image has no build for arm64",
  });
});

test.each([
  [
    "a crash without the words",
    containers(crashing({ message: "panic: no config", exitCode: 255 })),
  ],
  [
    "an image that is missing altogether",
    containers(waitingContainer("ErrImagePull", "not found")),
  ],
  ["a pod that is refused for cpu", { status: { phase: "Failed", reason: "OutOfcpu" } }],
] as const)("silent: %s", (_rule, pod) => {
  expect(wrongPlatform.find(onArm(pod))).toBeUndefined();
});
