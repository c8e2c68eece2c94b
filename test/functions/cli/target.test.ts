import { expect, test } from "vitest";
import { questionOf } from "../../../functions/cli/target.ts";

test.each([
  [["node/n1"], { about: "node", node: "n1" }],
  [["node", "n1"], { about: "node", node: "n1" }],
  [["no/n1"], { about: "node", node: "n1" }],
  [["nodes", "n1"], { about: "node", node: "n1" }],
  [["ds/logging/agent"], { about: "daemonSet", daemonSet: "logging/agent" }],
  [["ds", "logging/agent"], { about: "daemonSet", daemonSet: "logging/agent" }],
  [["daemonset.apps/agent"], { about: "daemonSet", daemonSet: "agent" }],
  [["DS/logging/agent"], { about: "daemonSet", daemonSet: "logging/agent" }],
  [["ds/logging/agent", "node/n1"], { about: "placement", daemonSet: "logging/agent", node: "n1" }],
  [
    ["node", "n1", "ds", "logging/agent"],
    { about: "placement", daemonSet: "logging/agent", node: "n1" },
  ],
  [["pod/logging/agent-x"], { about: "pod", pod: "logging/agent-x" }],
] as const)("%j asks about %j", (words, question) => {
  expect(questionOf(words, undefined)).toEqual(question);
});

test.each([
  [
    "a DaemonSet gets the namespace",
    ["ds/agent"],
    { about: "daemonSet", daemonSet: "logging/agent" },
  ],
  [
    "its own namespace wins",
    ["ds/kube-system/agent"],
    { about: "daemonSet", daemonSet: "kube-system/agent" },
  ],
  ["a pod gets it", ["pod", "agent-x"], { about: "pod", pod: "logging/agent-x" }],
  ["a node has none", ["node/n1"], { about: "node", node: "n1" }],
] as const)("-n logging: %s", (_what, words, question) => {
  expect(questionOf(words, "logging")).toEqual(question);
});
