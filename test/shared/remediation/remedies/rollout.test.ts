import { expect, test } from "vitest";
import {
  changeStrategy,
  rollOnDelete,
  touchDaemonSet,
} from "#shared/remediation/remedies/rollout.ts";
import { daemonSet, node } from "../../../fixtures/build.ts";
import { factsOf } from "../../../fixtures/node-view.ts";

const facts = factsOf({ Node: [node("n1")], DaemonSet: [daemonSet("agent")] });
const CALL = {
  action: "touch-daemon-set",
  daemonSet: "kube-system/agent",
  why: "so it looks",
} as const;

test("an annotation makes the controller look again, and replaces no pod", () => {
  const { command, patch } = touchDaemonSet(CALL, facts);
  expect(command).toMatch(
    /^kubectl -n kube-system annotate daemonset\/agent dsaudit\.dev\/touched=2\d{3}-\S+Z --overwrite$/,
  );
  expect(patch).toBeUndefined();
});

test("the waiting after failed pods is kept by generation, which no annotation raises", () => {
  expect(touchDaemonSet({ ...CALL, generation: true }, facts)).toEqual({
    summary: "Make the controller look at kube-system/agent again: so it looks",
    command: `kubectl -n kube-system patch daemonset/agent --type=strategic -p '{"spec":{"revisionHistoryLimit":11}}'`,
    patch: { spec: { revisionHistoryLimit: 11 } },
    limit: "its pods stay as they are; revisionHistoryLimit may go back afterwards",
  });
});

test("of many outdated pods the first five are written out, in the order that is safe", () => {
  const pods = Array.from({ length: 7 }, (_, at) => `a/p${at}`);
  const action = "roll-on-delete";
  const { summary, command, price } = rollOnDelete({ action, daemonSet: "a/b", pods });
  expect(summary).toContain("the 7 outdated pods of a/b");
  expect(command?.split("\n")).toEqual(
    [0, 1, 2, 3, 4].map((at) => `kubectl -n a delete pod/p${at}`),
  );
  expect(price).toContain("2 more after these 5");
  expect(rollOnDelete({ action, daemonSet: "a/b", pods: ["a/p"] }).summary).toContain(
    "the 1 outdated pod of a/b",
  );
});

const strategy = (maxUnavailable: number | string, maxSurge: number | string) =>
  changeStrategy(
    {
      action: "change-strategy",
      daemonSet: "kube-system/agent",
      maxUnavailable,
      maxSurge,
      why: "so",
    },
    facts,
  ).price;

test.each([
  [1, 0, "up to 1 node lacks it at a time during updates"],
  [3, 0, "up to 3 nodes lack it at a time during updates"],
  ["10%", 0, "up to 10% of its nodes lack it at a time during updates"],
  [0, 1, "an updating node needs room for both pods, on up to 1 node at a time"],
  ["0%", "25%", "an updating node needs room for both pods, on up to 25% of its nodes at a time"],
] as const)("what maxUnavailable %s and maxSurge %s cost: %s", (unavailable, surge, price) => {
  expect(strategy(unavailable, surge)).toBe(price);
});
