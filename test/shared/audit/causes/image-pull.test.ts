import { expect, test } from "vitest";
import { imagePull } from "#shared/audit/causes/image-pull.ts";
import { cluster, daemonPod, daemonSet, node } from "../../../fixtures/build.ts";
import { event, notUp, placementOf, waitingContainer } from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
const IMAGE = "registry.example/agent:1";
function pulling(reason: string, message: string, told: readonly string[] = []) {
  const pod = daemonPod(set, "n1", {
    status: notUp({ phase: "Pending", containers: [waitingContainer(reason, message)] }),
  });
  return placementOf(
    cluster({
      Node: [node("n1")],
      DaemonSet: [set],
      Pod: [pod],
      Event: told.map((text) => event(pod, { reason: "Failed", message: text })),
    }),
  );
}

test.each([
  [
    "the tag is missing",
    "rpc error: code = NotFound desc = failed to pull and unpack image: not found",
    "not-found",
  ],
  [
    "manifest unknown",
    "manifest for x:2 not found: manifest unknown: manifest unknown",
    "not-found",
  ],
  [
    "Docker Hub says both",
    "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
    "not-found-or-credentials",
  ],
  [
    "no credentials on ECR",
    "pulling from host 1.dkr.ecr.eu-west-1.amazonaws.com failed with status code [manifests 1]: 401 Unauthorized",
    "credentials",
  ],
  ["no basic auth", "no basic auth credentials", "credentials"],
  [
    "a limit is no matter of credentials",
    "429 Too Many Requests - toomanyrequests: You have reached your unauthenticated pull rate limit",
    "rate-limit",
  ],
  ["the kubelet's own limit", "pull QPS exceeded", "rate-limit"],
  [
    "an unknown authority",
    "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    "certificate",
  ],
  ["a handshake that times out is a time-out", "net/http: TLS handshake timeout", "timeout"],
  ["no answer", "dial tcp 10.0.0.1:443: i/o timeout", "timeout"],
  ["no name", "dial tcp: lookup registry.example: no such host", "name-resolution"],
  ["nobody listens", "dial tcp 10.0.0.1:443: connect: connection refused", "unreachable"],
  ["the disk is full", "write /var/lib/containerd: no space left on device", "disk-full"],
  ["words we do not know", "the dog ate it", "unknown"],
] as const)("%s", (_rule, message, trouble) => {
  expect(imagePull.find(pulling("ErrImagePull", message))).toMatchObject({ evidence: { trouble } });
});

test.each([
  ["InvalidImageName", "invalid-name"],
  ["ErrImageNeverPull", "never-pull"],
  ["SignatureValidationFailed", "signature"],
] as const)("%s says it by its name", (reason, trouble) => {
  expect(imagePull.find(pulling(reason, ""))).toMatchObject({ evidence: { trouble } });
});

test("while it backs off, the story stands in an event", () => {
  const back = `Back-off pulling image "${IMAGE}"`;
  const hit = imagePull.find(
    pulling("ImagePullBackOff", back, [
      `Failed to pull image "${IMAGE}": 401 Unauthorized`,
      "Error: ImagePullBackOff",
    ]),
  );
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(hit.evidence).toEqual({
    daemonSet: "kube-system/agent",
    node: "n1",
    container: "agent",
    image: IMAGE,
    trouble: "credentials",
    reason: "ImagePullBackOff",
    message: `Failed to pull image "${IMAGE}": 401 Unauthorized`,
  });
  expect(imagePull.explain(hit.evidence)).toBe(
    `agent cannot pull ${IMAGE}: the registry refuses the credentials, or there are none`,
  );
});

test("a container that waits for something else has its image", () => {
  expect(imagePull.find(pulling("CrashLoopBackOff", "back-off"))).toBeUndefined();
  expect(imagePull.find(pulling("ContainerCreating", ""))).toBeUndefined();
});
