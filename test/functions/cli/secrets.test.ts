import { expect, test } from "vitest";
import { OUTPUT_FORMATS } from "#shared/report/render.ts";
import { dsaudit } from "../../fixtures/command.ts";
import { daemonPodJson, daemonSetJson, nodeJson } from "../../fixtures/kubernetes-json.ts";

const S = "PLANTED-S3CRET";
const T = "2026-11-20T10:00:00Z";
const annotations = { "kubectl.kubernetes.io/last-applied-configuration": `{"env":"${S}"}` };
const container = {
  name: "c",
  image: "i",
  command: [S],
  args: [`--token=${S}`],
  env: [{ name: "A", value: S }],
  livenessProbe: { httpGet: { path: "/", httpHeaders: [{ name: "Authorization", value: S }] } },
  lifecycle: { postStart: { exec: { command: [S] } } },
};
const volumes = [{ name: "v", csi: { driver: "d", volumeAttributes: { key: S } } }];
const spec = { containers: [container], initContainers: [{ ...container, name: "i" }], volumes };

/** A secret wherever an object can hold one: in what is never read, and in what somebody says. */
const DUMP = JSON.stringify([
  nodeJson("n1", {
    metadata: { annotations },
    status: {
      conditions: [
        { type: "Ready", status: "False", message: `cannot reach https://u:${S}@proxy/ now` },
      ],
      nodeInfo: { kubeletVersion: "v1.34.2", machineID: S },
    },
  }),
  nodeJson("n2"),
  daemonSetJson("agent", {
    metadata: { annotations },
    spec: { template: { metadata: { labels: { app: "agent" }, annotations }, spec } },
  }),
  daemonPodJson("agent", "n2", {
    spec: { ...spec, nodeName: "n2" },
    status: {
      message: `password: ${S}`,
      conditions: [{ type: "Ready", status: "False", message: `api_key=${S}` }],
      containerStatuses: [
        {
          name: "c",
          ready: false,
          restartCount: 9,
          state: { waiting: { reason: "CrashLoopBackOff", message: `token="${S}"` } },
          lastState: {
            terminated: { exitCode: 1, message: `Bearer ${S}: refused`, finishedAt: T },
          },
        },
      ],
    },
  }),
  {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e", namespace: "kube-system" },
    involvedObject: {
      kind: "Pod",
      namespace: "kube-system",
      name: "agent-n2",
      uid: "uid-Pod-agent-n2",
    },
    reason: "BackOff",
    message: `postgres://u:${S}@db/x is down`,
    lastTimestamp: T,
  },
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s" },
    data: { p: btoa(S) },
    stringData: { p: S },
  },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, data: { p: S } },
]);

const JUDGED = ["-f", "-", "--now", "2026-11-20T13:00:00Z"];

test.each(
  [
    ...OUTPUT_FORMATS.map((format) => ["audit", ...JUDGED, "--placements", "-o", format]),
    ["explain", ...JUDGED, "node/n1"],
    ["explain", ...JUDGED, "-o", "wide", "ds/kube-system/agent"],
    ["explain", ...JUDGED, "ds/kube-system/agent", "node/n2"],
    ["explain", ...JUDGED, "-o", "json", "pod/kube-system/agent-n2"],
    ["redact", "-f", "-"],
  ].map((argv) => [argv.filter((word) => !JUDGED.includes(word)).join(" "), argv] as const),
)("no secret of a dump reaches what is printed: %s", async (_what, argv) => {
  const { code, out, err } = await dsaudit(argv, { stdin: DUMP });

  expect(code).toBeLessThan(2);
  expect(out).not.toBe("");
  expect(out + err).not.toContain(S);
  expect(out + err).not.toContain(btoa(S));
});

test("what was said stays told, without its secret", async () => {
  const argv = ["explain", ...JUDGED, "ds/kube-system/agent", "node/n2"];
  const { out } = await dsaudit(argv, { stdin: DUMP });

  expect(out).toContain("Bearer ***: refused");
  expect(out).toContain("postgres://***@db/x is down");
});
