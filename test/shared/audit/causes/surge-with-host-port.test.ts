import { expect, test } from "vitest";
import { surgeWithHostPort } from "#shared/audit/causes/surge-with-host-port.ts";
import { container, daemonSet, node, revision } from "../../../fixtures/build.ts";
import { hitOf, remediesOf, rolling, sentenceOf, viewOf } from "../../../fixtures/rollout.ts";

// Which of the two causes speaks when is tabled in rollout-impossible.test.ts.
const ports = [{ containerPort: 9100, hostPort: 9100, hostIP: "", protocol: "TCP" }];
const surging = (hostNetwork: boolean) => {
  const set = daemonSet("exporter", {
    updateStrategy: rolling(0, "10%"),
    template: { hostNetwork, containers: [container({ ports })] },
  });
  return viewOf(set, { Node: [node("n1")], ControllerRevision: [revision(set, 1, "r1")] });
};

test("told while nothing is rolled out, with the way out", () => {
  const view = surging(false);
  expect(hitOf(surgeWithHostPort, view)).toEqual({
    evidence: {
      daemonSet: "kube-system/exporter",
      maxSurge: "10%",
      ports: ["TCP 9100"],
      hostNetwork: false,
    },
  });
  expect(sentenceOf(surgeWithHostPort, view)).toBe(
    "with maxSurge 10% its next update cannot come through: the new pod needs host port TCP 9100 while the old one still has it",
  );
  expect(remediesOf(surgeWithHostPort, view)).toMatchObject([
    { action: "change-strategy", maxUnavailable: "10%", maxSurge: 0 },
  ]);
});

test("hostNetwork is said to be why", () => {
  expect(sentenceOf(surgeWithHostPort, surging(true))).toContain("TCP 9100 (hostNetwork) while");
});
