import { expect, test } from "vitest";
import { OUTPUT_FORMATS } from "#shared/report/render.ts";
import { dsaudit } from "../../fixtures/command.ts";
import { daemonPodJson, daemonSetJson, nodeJson } from "../../fixtures/kubernetes-json.ts";
import { UNSEEN } from "../../fixtures/saying.ts";

const H =
  "<script>alert(1)</script>\u001b[31m\u202eevil\u2060\n=cmd|' /C calc'!A0 `id` $(id) \ud800 ]]> --> \u0000";

/** Every free text of every object: what Kubernetes checks, and what a forged file may say all the same. */
const DUMP = JSON.stringify([
  nodeJson("n1", {
    metadata: { labels: { "eks.amazonaws.com/nodegroup": H, "kubernetes.io/arch": H } },
    spec: {
      providerID: H,
      taints: [
        { key: H, value: H, effect: "NoSchedule" },
        { key: "k", value: H, effect: H },
      ],
    },
    status: {
      allocatable: { cpu: "4", memory: "8Gi", pods: "10", [H]: "3" },
      nodeInfo: { kubeletVersion: H, operatingSystem: H, architecture: H },
      conditions: [
        { type: "Ready", status: "False", reason: H, message: H },
        { type: H, status: H, reason: H, message: H },
      ],
    },
  }),
  nodeJson("n2", { metadata: { labels: { "eks.amazonaws.com/nodegroup": H } } }),
  daemonSetJson("d", {
    metadata: {
      labels: { "argocd.argoproj.io/instance": H },
      managedFields: [{ manager: H }],
      annotations: { "dsaudit.dev/role": H },
    },
    spec: {
      selector: { matchLabels: { app: H } },
      updateStrategy: { type: H },
      template: {
        metadata: { labels: { app: H } },
        spec: {
          priorityClassName: H,
          schedulerName: H,
          nodeSelector: { [H]: H },
          tolerations: [{ key: H, operator: H, value: H, effect: H }],
          containers: [{ name: H, image: H, resources: { requests: { cpu: H, [H]: "1" } } }],
        },
      },
    },
  }),
  daemonSetJson("e", {
    spec: {
      template: {
        metadata: { labels: { app: "e" } },
        spec: { tolerations: [{ operator: "Exists" }], containers: [{ name: H, image: H }] },
      },
    },
  }),
  daemonPodJson("e", "n2", {
    spec: { nodeName: "n2", containers: [{ name: H, image: H }] },
    status: {
      reason: H,
      message: H,
      conditions: [{ type: "Ready", status: "False", reason: H, message: H }],
      containerStatuses: [
        {
          name: H,
          ready: false,
          restartCount: 9,
          state: { waiting: { reason: "CrashLoopBackOff", message: H } },
          lastState: { terminated: { exitCode: 3, reason: H, message: H } },
        },
      ],
    },
  }),
  {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "ev", namespace: "kube-system" },
    involvedObject: { kind: "Pod", namespace: "kube-system", name: "e-n2", uid: "uid-Pod-e-n2" },
    reason: H,
    message: H,
    lastTimestamp: "2026-11-20T12:00:00Z",
  },
]);

const JUDGED = ["-f", "-", "--now", "2026-11-20T13:00:00Z"];

test.each(
  [
    ...OUTPUT_FORMATS.map((format) => ["audit", ...JUDGED, "--placements", "-o", format]),
    ["explain", ...JUDGED, "node/n1"],
    ["explain", ...JUDGED, "node/n2", "-o", "wide"],
    ["explain", ...JUDGED, "ds/kube-system/d"],
    ["explain", ...JUDGED, "ds/kube-system/e", "-o", "wide"],
    ["explain", ...JUDGED, "ds/kube-system/d", "node/n1"],
    ["explain", ...JUDGED, "ds/kube-system/e", "node/n2"],
    ["explain", ...JUDGED, "ds/kube-system/e", "node/n2", "-o", "json"],
    ["redact", "-f", "-"],
  ].map((argv) => [argv.filter((word) => !JUDGED.includes(word)).join(" "), argv] as const),
)("whatever an object says of itself steers no terminal: %s", async (_what, argv) => {
  const { code, out, err } = await dsaudit(argv, { stdin: DUMP });

  expect(code).toBeLessThan(2);
  expect(out.length).toBeGreaterThan(100);
  expect(out + err).not.toMatch(UNSEEN);
  expect((out + err).isWellFormed()).toBe(true);
});
