import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact } from "#shared/cluster/redact.ts";
import { redactImage, redactText } from "#shared/cluster/redact-text.ts";
import { assemble } from "#shared/cluster/read/cluster.ts";
import { daemonPodJson, daemonSetJson, nodeJson, podJson } from "../../fixtures/kubernetes-json.ts";

type Json = Readonly<Record<string, unknown>>;
const SECRET = "S3CRET";

const clusterOf = (objects: readonly unknown[]) => {
  const assembly = assemble();
  for (const object of objects) assembly.add(object);
  return assembly.finish({});
};

test("an audit of the redacted objects reads the same as of the whole ones", () => {
  const objects = [
    nodeJson("n1", {
      metadata: { annotations: { "karpenter.sh/do-not-disrupt": "true" } },
      spec: {
        providerID: "aws:///x",
        unschedulable: true,
        taints: [{ key: "a", value: "b", effect: "NoSchedule" }],
      },
    }),
    daemonSetJson("agent", {
      metadata: {
        annotations: {
          "dsaudit.dev/role": "logs",
          "deprecated.daemonset.template.generation": "7",
        },
        managedFields: [{ manager: "argocd", operation: "Apply" }],
      },
      status: { desiredNumberScheduled: 1 },
    }),
    daemonPodJson("agent", "n1", {
      spec: {
        hostNetwork: true,
        tolerations: [{ operator: "Exists" }],
        volumes: [
          { name: "x", secret: { secretName: "tls" } },
          { name: "y", emptyDir: {} },
        ],
        initContainers: [
          { name: "i", restartPolicy: "Always", resources: { requests: { cpu: "1" } } },
        ],
      },
      status: {
        podIPs: [{ ip: "10.0.0.1" }],
        containerStatuses: [
          {
            name: "c",
            ready: true,
            restartCount: 2,
            state: { running: { startedAt: "2026-11-20T11:00:00Z" } },
          },
        ],
      },
    }),
  ];
  expect(clusterOf(objects.map((one) => redact(one)))).toEqual(clusterOf(objects));
});

describe("what holds secrets stays behind", () => {
  test.each([
    [
      "a Secret",
      { kind: "Secret", apiVersion: "v1", metadata: { name: "x" }, data: { a: SECRET } },
    ],
    [
      "a ConfigMap",
      { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "x" }, data: { a: SECRET } },
    ],
    ["an object of no known kind", { kind: "Deployment", apiVersion: "apps/v1", spec: SECRET }],
    ["text", SECRET],
  ])("%s", (_what, object) => {
    expect(redact(object)).toBeUndefined();
  });

  test.each([
    ["env", { spec: { containers: [{ name: "c", env: [{ name: "A", value: SECRET }] }] } }],
    [
      "args and command",
      { spec: { containers: [{ name: "c", args: [SECRET], command: [SECRET] }] } },
    ],
    [
      "probes",
      { spec: { containers: [{ name: "c", livenessProbe: { exec: { command: [SECRET] } } }] } },
    ],
    ["ephemeral containers", { spec: { ephemeralContainers: [{ name: "c", args: [SECRET] }] } }],
    [
      "contents of volumes",
      {
        spec: {
          volumes: [
            {
              name: "v",
              csi: { driver: "d", volumeAttributes: { a: SECRET } },
              flexVolume: { options: { a: SECRET } },
            },
          ],
        },
      },
    ],
    [
      "annotations",
      {
        metadata: {
          annotations: { "kubectl.kubernetes.io/last-applied-configuration": SECRET, x: SECRET },
        },
      },
    ],
    [
      "field lists",
      { metadata: { managedFields: [{ manager: "m", fieldsV1: { [SECRET]: {} } }] } },
    ],
    ["an object where a word belongs", { spec: { nodeName: { a: SECRET } } }],
    ["a list where a word belongs", { spec: { nodeSelector: { a: [SECRET] } } }],
    ["fields of tomorrow", { spec: { tomorrow: SECRET }, status: { tomorrow: { a: SECRET } } }],
    [
      "a password in a message",
      { status: { message: `cannot pull https://user:${SECRET}@registry.example/x` } },
    ],
    [
      "a token in a container's message",
      {
        status: {
          containerStatuses: [{ name: "c", state: { waiting: { message: `--token=${SECRET}` } } }],
        },
      },
    ],
  ])("%s of a pod", (_what, parts) => {
    expect(JSON.stringify(redact(podJson("x", parts)))).not.toContain(SECRET);
  });

  test("managers' names are kept", () => {
    const set = daemonSetJson("x", {
      metadata: { managedFields: [{ manager: "helm", fieldsV1: { a: {} } }] },
    });
    expect(JSON.stringify(redact(set))).toContain('"managedFields":[{"manager":"helm"}]');
  });

  test("of any made-up pod, nothing under env, args, command or a foreign annotation comes out", () => {
    const secret = fc.integer({ min: 100_000 }).map((number) => `${SECRET}-${number}`);
    const container = fc.record({
      name: fc.string(),
      env: fc.array(fc.record({ name: secret, value: secret })),
      args: fc.array(secret),
      command: fc.array(secret),
      envFrom: fc.array(fc.record({ prefix: secret })),
      workingDir: secret,
    });
    const pod = fc.record({
      metadata: fc.record({
        name: fc.string(),
        annotations: fc.dictionary(fc.string(), secret),
        labels: fc.dictionary(fc.string(), fc.string()),
      }),
      spec: fc.record({
        containers: fc.array(container),
        initContainers: fc.array(container),
        [SECRET]: fc.jsonValue(),
      }),
      status: fc.record({ phase: fc.string(), hostIP: secret, conditions: fc.jsonValue() }),
    });
    fc.assert(
      fc.property(pod, (parts: Json) => {
        const text = JSON.stringify(redact({ kind: "Pod", apiVersion: "v1", ...parts }));
        expect(text).not.toContain(SECRET);
      }),
    );
  });
});

test("redacting twice changes nothing more", () => {
  const once = redact(daemonPodJson("a", "n1", { status: { message: "password: x" } }));
  expect(redact(once)).toEqual(once);
});

describe("messages lose what looks like a credential", () => {
  test.each([
    [
      "user and password of a URL",
      "pull https://me:pw@r.example/x failed",
      "pull https://***@r.example/x failed",
    ],
    [
      "a secret-like key",
      "started with --db-password=hunter2 --v=2",
      "started with --db-password=*** --v=2",
    ],
    ["… in JSON", '{"apiKey": "abc def", "v": 1}', '{"apiKey": ***, "v": 1}'],
    ["a bearer token", "Authorization: Bearer abcdefgh12345", "Authorization: Bearer ***"],
    ["a web token", "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_x end", "got *** end"],
    ["an AWS key", "id AKIAIOSFODNN7EXAMPLE used", "id *** used"],
    ["a private key", "key -----BEGIN RSA PRIVATE KEY-----\nMIIE", "key ***"],
    [
      "a Secret's name is no secret",
      'secret "agent-token" not found',
      'secret "agent-token" not found',
    ],
    [
      "the scheduler's words stay",
      "0/3 nodes are available: 1 Insufficient cpu.",
      "0/3 nodes are available: 1 Insufficient cpu.",
    ],
    [
      "an image's user and password",
      'Failed to pull image "me:pw@r.example/x:1": no such image me:p:w@r.example:5000/x',
      'Failed to pull image "***@r.example/x:1": no such image ***@r.example:5000/x',
    ],
    ["a tag with a digest stays", "image x:1@sha256:0123/ is", "image x:1@sha256:0123/ is"],
    [
      "a digest stays",
      "image@sha256:0123456789abcdef0123456789abcdef",
      "image@sha256:0123456789abcdef0123456789abcdef",
    ],
  ])("%s", (_what, text, clean) => {
    expect(redactText(text)).toBe(clean);
  });

  test.each([
    "a",
    "eyJ",
    "-----BEGIN ",
    "password",
    "AKIA",
    "x://",
    "bearer ",
    "a:",
    " a:b@",
    "b@",
  ])("many times %j costs no more than its length", (part) => {
    const started = performance.now();
    redactText(part.repeat(1_000_000 / part.length));
    expect(performance.now() - started).toBeLessThan(200);
  });
});

test.each([
  ["me:pw@r.example/x:1", "***@r.example/x:1"],
  ["me@r.example/x", "***@r.example/x"],
  ["https://me:pw@r.example/x", "https://***@r.example/x"],
  ["me:p@w@r.example", "***@r.example"],
  ["r.example/vault-token:1.2", "r.example/vault-token:1.2"],
  ["r.example:5000/x:1@sha256:0123", "r.example:5000/x:1@sha256:0123"],
  ["x:1@sha512:0123", "x:1@sha512:0123"],
  ["r.example/a@b/x", "r.example/a@b/x"],
])("the image %s is told as %s", (image, clean) => {
  expect(redactImage(image)).toBe(clean);
});

const data = process.env["DSAUDIT_DATA"];
const dumps = data
  ? readdirSync(join(data, "clusters")).filter((name) => name.endsWith(".json"))
  : [];

test.skipIf(!data)(
  "DSAUDIT_DATA: every real dump reads the same when redacted, without a value of any env",
  () => {
    for (const name of dumps) {
      const { items } = JSON.parse(readFileSync(join(data ?? "", "clusters", name), "utf8")) as {
        items: Json[];
      };
      const clean = items.flatMap((item) => redact(item) ?? []);
      expect(clusterOf(clean)).toEqual(clusterOf(items));
      const text = JSON.stringify(clean);
      for (const key of ["env", "args", "command", "volumeMounts", "fieldsV1", "data"])
        expect(text).not.toContain(`"${key}":`);
    }
  },
);
