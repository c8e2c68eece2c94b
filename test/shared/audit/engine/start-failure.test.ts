import { expect, test } from "vitest";
import { startFailure } from "#shared/audit/engine/start-failure.ts";
import type { ContainerStatus } from "#shared/cluster/pod.ts";
import { daemonPod, daemonSet } from "../../../fixtures/build.ts";
import { crashing, notUp, waitingContainer } from "../../../fixtures/placement.ts";

const running = daemonPod(daemonSet("x"), "n1").status.containers[0] ?? waitingContainer("");

test.each<[string, readonly ContainerStatus[], string | undefined]>([
  ["what runs has not failed", [running], undefined],
  ["what is being made has not failed", [waitingContainer("ContainerCreating")], undefined],
  [
    "a first try to pull is no verdict yet",
    [waitingContainer("ErrImagePull", "i/o timeout")],
    undefined,
  ],
  [
    "a registry that did not answer may answer later",
    [waitingContainer("ImagePullBackOff", "i/o timeout")],
    "failed",
  ],
  [
    "an image that is not there will not come",
    [waitingContainer("ImagePullBackOff", "manifest unknown")],
    "for good",
  ],
  [
    "an image for another platform will not fit",
    [waitingContainer("ImagePullBackOff", "no match for platform in manifest")],
    "for good",
  ],
  ["a name that is none will not become one", [waitingContainer("InvalidImageName")], "for good"],
  ["a missing ConfigMap may come", [waitingContainer("CreateContainerConfigError")], "failed"],
  ["a crash may have been the last", [crashing()], "failed"],
  [
    "a program for another processor will not run",
    [crashing({ message: "exec /agent: exec format error" })],
    "for good",
  ],
  [
    "the gravest container decides",
    [crashing(), running, waitingContainer("InvalidImageName")],
    "for good",
  ],
])("%s", (_rule, containers, failure) => {
  const pod = daemonPod(daemonSet("x"), "n1", { status: notUp({ containers }) });

  expect(startFailure(pod)).toBe(failure);
});
