import { deletePods, healthyAgent, patchSet, podsPath, template } from "../stage.ts";
import { played, type Provocation } from "./provocation.ts";

const SANDBOX =
  "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox: ";

export const NOT_UP: readonly Provocation[] = [
  played(
    {
      code: "image-pull",
      how: "the image cannot be pulled",
      facts: { container: "agent", image: "registry.example/agent:1", reason: "ImagePullBackOff" },
    },
    "image",
  ),
  played(
    {
      code: "config-error",
      how: "a ConfigMap is missing",
      facts: { container: "agent", kind: "ConfigMap", name: "agent" },
    },
    "config",
  ),
  played(
    {
      code: "init-failing",
      how: "an init container fails",
      facts: { container: "init", exitCode: 1 },
    },
    "init-crash",
    { spec: { initContainers: [{ name: "init", image: "registry.example/init" }] } },
  ),
  played(
    {
      code: "container-creating-stuck",
      how: "the sandbox never comes up",
      facts: { step: "network", eventsRead: true },
    },
    "creating",
    { annotations: { "hollow/event": `FailedCreatePodSandBox ${SANDBOX}timeout` } },
  ),
  played(
    {
      code: "no-pod-ip",
      how: "the network plugin is out of addresses",
      facts: { podsWithAddress: 0 },
    },
    "creating",
    {
      annotations: {
        "hollow/event": `FailedCreatePodSandBox ${SANDBOX}plugin type="aws-cni" failed (add): add cmd: failed to assign an IP address to container`,
      },
    },
  ),
  played(
    {
      code: "crash-loop",
      how: "the container exits with 1",
      facts: { container: "agent", exitCode: 1 },
    },
    "crash",
  ),
  played(
    {
      code: "oom-killed",
      how: "the container is killed at its limit",
      facts: { container: "agent", init: false },
    },
    "oom",
  ),
  played(
    {
      code: "wrong-platform",
      how: "the binary is of another platform",
      facts: { os: "linux", arch: "amd64", proof: "exec-format", container: "agent" },
    },
    "exec-format",
  ),
  played(
    {
      code: "not-ready",
      how: "the readiness probe fails",
      facts: { because: "containers", containers: ["agent"] },
    },
    "unready",
  ),
  played(
    {
      code: "evict-loop",
      how: "the kubelet evicts each pod after a second",
      facts: { resource: "ephemeral-storage", how: "evicted" },
    },
    "evict",
  ),
  played(
    {
      code: "kubelet-rejected",
      how: "the kubelet refuses each pod",
      facts: { reason: "OutOfcpu", resource: "cpu", requested: "100", used: "3950" },
    },
    "reject",
  ),
  {
    code: "terminating-stuck",
    how: "the kubelet never finishes a deletion",
    hollow: true,
    subject: "DaemonSet/agent",
    at: [0, 1, 2],
    facts: { ended: false },
    prepare: (stage) =>
      healthyAgent(stage, {
        annotations: { "hollow/play": "stuck" },
        spec: { terminationGracePeriodSeconds: 1 },
      }),
    provoke: (stage) => deletePods(stage),
    async repair(stage) {
      await patchSet(stage, template({}, { "hollow/play": null }));
      for (const { metadata } of await stage.world.list(podsPath(stage)))
        await stage.world.client.call("DELETE", `${podsPath(stage)}/${metadata.name}`, {
          gracePeriodSeconds: 0,
        });
    },
  },
];
