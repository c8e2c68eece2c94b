import { expect, test } from "vitest";
import { configError } from "#shared/audit/causes/config-error.ts";
import { cluster, daemonPod, daemonSet, node } from "../../../fixtures/build.ts";
import { notUp, placementOf, waitingContainer } from "../../../fixtures/placement.ts";

const set = daemonSet("agent");
const waiting = (reason: string, message: string) =>
  placementOf(
    cluster({
      Node: [node("n1")],
      DaemonSet: [set],
      Pod: [
        daemonPod(set, "n1", {
          status: notUp({ phase: "Pending", containers: [waitingContainer(reason, message)] }),
        }),
      ],
    }),
  );
const view = (of: ReturnType<typeof waiting>) => ({
  facts: of.facts,
  nodes: ["n1"],
  daemonSets: [],
});

test.each([
  [
    "a ConfigMap is missing",
    'configmap "agent" not found',
    "agent cannot be created: there is no ConfigMap agent",
    "create-object",
  ],
  [
    "a Secret is missing",
    'secret "tls.key" not found',
    "agent cannot be created: there is no Secret tls.key",
    "create-object",
  ],
  [
    "a key is missing",
    "couldn't find key api-key in Secret kube-system/agent",
    "agent cannot be created: Secret agent has no key api-key",
    "fix-config",
  ],
  [
    "the runtime refuses",
    "container has runAsNonRoot and image will run as root",
    "agent cannot be created: container has runAsNonRoot and image will run as root",
    "fix-config",
  ],
] as const)("%s", (_rule, message, sentence, action) => {
  const placement = waiting("CreateContainerConfigError", message);
  const hit = configError.find(placement);
  if (hit === undefined || "cannotTell" in hit) throw new Error("no hit");
  expect(configError.explain(hit.evidence)).toBe(sentence);
  expect(configError.remedies(hit.evidence, view(placement))).toMatchObject([{ action }]);
});

test.each(["ContainerCreating", "ImagePullBackOff", "CrashLoopBackOff"])("%s is none", (reason) => {
  expect(configError.find(waiting(reason, 'configmap "a" not found'))).toBeUndefined();
});
