import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditorError } from "#shared/auditor-error.ts";
import { readLive, type ReadLiveOptions } from "#shared/adapters/kubernetes/read-live.ts";
import {
  kubeconfigFor,
  startApiServer,
  type ApiRequest,
  type ApiServer,
  type ApiServerOptions,
  type Fault,
} from "../../../fixtures/api-server.ts";
import { selfSigned } from "../../../fixtures/certificate.ts";
import {
  daemonPodJson,
  daemonSetJson,
  namespaceJson,
  nodeJson,
  podJson,
} from "../../../fixtures/kubernetes-json.ts";

const OBJECTS = {
  nodes: [nodeJson("n1"), nodeJson("n2")],
  pods: Array.from({ length: 1200 }, (_, i) => podJson(`p${i}`)),
  daemonsets: [daemonSetJson("agent")],
  namespaces: [namespaceJson("kube-system", "the-cluster")],
  events: [],
};

let folder: string;
let waits: number[];
let open: ApiServer[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dsaudit-"));
  waits = [];
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((server) => server.close()));
  await rm(folder, { recursive: true });
});

async function serve(options: Partial<ApiServerOptions> = {}): Promise<ApiServer> {
  const server = await startApiServer({ objects: OBJECTS, ...options });
  open.push(server);
  await writeFile(join(folder, "config"), server.kubeconfig);
  return server;
}

const read = (options: ReadLiveOptions = {}) =>
  readLive({
    kubeconfig: join(folder, "config"),
    now: 1000,
    pace: { wait: async (ms) => void waits.push(ms), random: () => 0.5 },
    ...options,
  });

/** What a refusal tells: its code, then message and hint in one. */
const refusal = async (reading: Promise<unknown>): Promise<readonly [string, string]> =>
  reading.then(
    () => expect.unreachable("it was read"),
    (error: AuditorError) => [error.code, `${error.message} | ${error.hint}`] as const,
  );

const counts = (cluster: Awaited<ReturnType<typeof read>>) => [
  cluster.Node.length,
  cluster.Pod.length,
  cluster.DaemonSet.length,
];

test("all pages of all kinds are read, and what is not served is named", async () => {
  const server = await serve();
  const cluster = await read();
  expect(counts(cluster)).toEqual([2, 1200, 1]);
  expect(cluster.name).toBe("the-cluster");
  expect(cluster.version?.text).toBe("v1.34.2");
  expect(cluster.at).toBe(1000);
  expect(cluster.problems).toEqual([]);
  const seen = ["Node", "Pod", "DaemonSet", "Namespace", "Event"];
  expect(cluster.notSeen.filter(({ kind }) => seen.includes(kind))).toEqual([]);
  expect(new Set(cluster.notSeen.map(({ why }) => why))).toEqual(new Set(["not-served"]));
  expect(
    server.requests.filter(({ resource }) => resource === "pods").map(({ page }) => page),
  ).toEqual([0, 1, 2]);
});

test("the token goes to the server, and answers come compressed", async () => {
  const server = await serve({ token: "secret-token" });
  await read();
  expect(server.requests[0]?.headers.authorization).toBe("Bearer secret-token");
  expect(server.requests[0]?.headers["accept-encoding"]).toBe("gzip");
});

test("few connections serve many requests", async () => {
  const server = await serve();
  await read();
  expect(server.requests.length).toBeGreaterThan(20);
  expect(server.connections()).toBeLessThanOrEqual(6);
});

describe("a kind that may not be read is not seen, and the audit goes on", () => {
  test.each([
    ["Pod", "pods", 403, "forbidden"],
    ["DaemonSet", "daemonsets", 403, "forbidden"],
    ["Node", "nodes", 403, "forbidden"],
    ["Event", "events", 404, "not-served"],
    ["Pod", "pods", 400, "failed"],
  ] as const)("%s: %s answered %d", async (kind, resource, status, why) => {
    await serve({
      fault: (request) =>
        request.resource === resource
          ? { status, message: "pods is forbidden\u001b[31m" }
          : undefined,
    });
    const cluster = await read();
    expect(cluster[kind]).toEqual([]);
    const [entry] = cluster.notSeen.filter((one) => one.kind === kind);
    expect(entry?.why).toBe(why);
    expect(entry?.detail).toContain("pods is forbidden\\x1b[31m");
  });

  test("a kind forbidden on its last page leaves nothing behind", async () => {
    await serve({
      fault: ({ resource, page }) =>
        resource === "pods" && page === 2 ? { status: 403 } : undefined,
    });
    expect(counts(await read())).toEqual([2, 0, 1]);
  });

  test("DaemonSets that may not be read are told by their pods", async () => {
    await serve({
      objects: { ...OBJECTS, pods: [daemonPodJson("agent", "n1")] },
      fault: ({ resource }) => (resource === "daemonsets" ? { status: 403 } : undefined),
    });
    const cluster = await read();
    expect(cluster.DaemonSet.map(({ name, inferred }) => [name, inferred])).toEqual([
      ["agent", true],
    ]);
  });
});

describe("what passes is waited for", () => {
  test("429 for as long as the server asks", async () => {
    await serve({
      fault: ({ resource, page, again }) =>
        resource === "pods" && page === 1 && again === 0
          ? { status: 429, headers: { "retry-after": "7" } }
          : undefined,
    });
    expect(counts(await read())).toEqual([2, 1200, 1]);
    expect(waits).toEqual([7000]);
  });

  test("but never longer than a minute", async () => {
    await serve({
      fault: ({ resource, again }) =>
        resource === "nodes" && again === 0
          ? { status: 429, headers: { "retry-after": "86400" } }
          : undefined,
    });
    await read();
    expect(waits).toEqual([60_000]);
  });

  test.each([
    ["a server error", { status: 503 }],
    ["a connection cut in the middle", { cutAfter: 5000 }],
    ["an answer that is no JSON", { text: "<html>" }],
    ["an answer that ends early", { text: '{"kind":"PodList","items":[' }],
    ["a list of something else", { text: '{"kind":"NodeList","items":[]}' }],
    ["a half that never comes", { pause: 400 }],
  ] as const)("%s, with a doubling wait", async (_what, fault) => {
    await serve({
      fault: ({ resource, page, again }) =>
        resource === "pods" && page === 1 && again < 2 ? fault : undefined,
    });
    const cluster = await read({ idleLimit: 150 });
    expect(counts(cluster)).toEqual([2, 1200, 1]);
    expect(waits).toEqual([250, 500]);
  });

  test("a page that expired starts the list anew, and what was gone meanwhile is not kept", async () => {
    let restarted = false;
    const before = OBJECTS.pods;
    const objects = { ...OBJECTS, pods: before };
    await serve({
      objects,
      fault({ resource, page }) {
        if (resource !== "pods" || page !== 2 || restarted) return undefined;
        restarted = true;
        objects.pods = before.slice(100);
        return { status: 410 };
      },
    });
    expect(counts(await read())).toEqual([2, 1100, 1]);
  });
});

describe("what does not pass ends", () => {
  test("pages that always expire", async () => {
    const server = await serve({
      fault: ({ resource, page }) =>
        resource === "pods" && page === 1 ? { status: 410 } : undefined,
    });
    const cluster = await read();
    expect(cluster.notSeen.find(({ kind }) => kind === "Pod")?.why).toBe("failed");
    expect(server.requests.filter(({ resource }) => resource === "pods")).toHaveLength(8);
  });

  test("a kind that always fails is not seen", async () => {
    await serve({ fault: ({ resource }) => (resource === "pods" ? { status: 500 } : undefined) });
    const cluster = await read();
    expect(counts(cluster)).toEqual([2, 0, 1]);
    expect(cluster.notSeen.find(({ kind }) => kind === "Pod")?.why).toBe("failed");
    expect(waits).toEqual([250, 500, 1000, 2000]);
  });

  test("a server where everything fails is unreachable", async () => {
    await serve({
      fault: ({ resource }) => (resource === "version" ? undefined : { status: 503 }),
    });
    expect(await refusal(read())).toEqual(["cluster.unreachable", expect.any(String)]);
  });

  test("credentials that are refused", async () => {
    await serve({ token: "another" });
    await writeFile(join(folder, "config"), kubeconfigFor(open[0]?.url ?? "", "wrong"));
    expect(await refusal(read())).toEqual(["cluster.forbidden", expect.stringContaining("log in")]);
  });

  test("nobody listens", async () => {
    const server = await serve();
    await server.close();
    expect(await refusal(read())).toEqual([
      "cluster.unreachable",
      expect.stringMatching(/127\.0\.0\.1.* nothing listens/),
    ]);
    expect(waits).toEqual([]);
  });

  test("nobody answers", async () => {
    await serve({ fault: () => ({ silent: true }) });
    expect(await refusal(read({ idleLimit: 50 }))).toEqual([
      "cluster.unreachable",
      expect.any(String),
    ]);
  });

  test("a server that knows no version is no API server; one that may not tell it may be", async () => {
    const ofVersion = (status: number) => ({
      fault: ({ resource }: ApiRequest) => (resource === "version" ? { status } : undefined),
    });
    await serve(ofVersion(404));
    expect((await refusal(read()))[1]).toContain("answers, but not as an API server does");
    await serve(ofVersion(403));
    expect(counts(await read())).toEqual([2, 1200, 1]);
  });

  test("a log-in page", async () => {
    await serve({ fault: () => ({ text: "<html>log in</html>", contentType: "text/html" }) });
    expect(await refusal(read())).toEqual([
      "cluster.unreachable",
      expect.stringContaining("log-in"),
    ]);
  });

  test("the caller's signal", async () => {
    await serve({ fault: ({ resource }) => (resource === "pods" ? { silent: true } : undefined) });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await expect(read({ signal: controller.signal })).rejects.toThrow(/abort/i);
  });
});

describe("a kubeconfig that leads nowhere says why", () => {
  test("one without any context", async () => {
    await serve();
    await writeFile(join(folder, "config"), "apiVersion: v1\nkind: Config\n");
    expect((await refusal(read()))[1]).toContain("the kubeconfig has no contexts");
  });

  test.each([
    ["another context", { context: "tset" }, 'Did you mean "test"'],
    ["no such file", { kubeconfig: "/nowhere/config" }, "/nowhere/config"],
    ["a device without end", { kubeconfig: "/dev/zero" }, "at most 10 MiB"],
    [
      "none at all",
      { kubeconfig: undefined, environment: { HOME: "/nowhere" } },
      "no kubeconfig was found",
    ],
  ] as const)("%s", async (_what, options, message) => {
    await serve();
    expect(await refusal(read(options))).toEqual([
      "kubeconfig.invalid",
      expect.stringContaining(message),
    ]);
  });

  test("of several files the first wins and a missing one is left out", async () => {
    await serve();
    await writeFile(join(folder, "other"), kubeconfigFor("http://127.0.0.1:1", "x"));
    const environment = {
      KUBECONFIG: [join(folder, "gone"), join(folder, "config"), join(folder, "other")].join(":"),
    };
    expect(counts(await read({ kubeconfig: undefined, environment }))).toEqual([2, 1200, 1]);
  });
});

test("progress is told page by page", async () => {
  await serve();
  const told: string[] = [];
  await read({ onProgress: ({ kind }) => told.push(kind) });
  expect(told.filter((kind) => kind === "Pod")).toHaveLength(3);
});

describe("what a server sends has bounds", () => {
  const podPage = (items: string): string =>
    `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[${items}]}`;
  const forPods =
    (fault: Fault) =>
    ({ resource }: ApiRequest): Fault | undefined =>
      resource === "pods" ? fault : undefined;

  test.each<[string, Fault, string]>([
    [
      "more items than ten such pages",
      { text: podPage(Array.from({ length: 5001 }, () => "{}").join(",")) },
      "the server sends too much: more than 5,000 of Pod in a page of 500",
    ],
    [
      "an answer that swells",
      { gzipped: gzipSync(podPage(" ".repeat(20 * 2 ** 20))) },
      "the server sends too much: an answer unpacks to more than 100 times its size",
    ],
    [
      "a page without end",
      { text: podPage(" ".repeat(65 * 2 ** 20)) },
      "the server sends too much: a page of Pod is larger than 64 MiB",
    ],
  ])("%s is not taken, nor asked for again; all else is read", async (_what, fault, why) => {
    const server = await serve({ fault: forPods(fault) });
    const cluster = await read();
    expect(counts(cluster)).toEqual([2, 0, 1]);
    expect(cluster.notSeen).toContainEqual({ kind: "Pod", why: "failed", detail: why });
    expect(server.requests.filter(({ resource }) => resource === "pods")).toHaveLength(1);
  });

  test("exactly as many as ten such pages are taken", async () => {
    const items = Array.from({ length: 5000 }, () => "{}").join(",");
    await serve({ fault: forPods({ text: podPage(items) }) });
    expect((await read()).notSeen.map(({ kind }) => kind)).not.toContain("Pod");
  });

  test("a small answer may be as repetitive as it likes", async () => {
    await serve({ fault: forPods({ gzipped: gzipSync(podPage(" ".repeat(2 ** 20))) }) });
    expect((await read()).notSeen.map(({ kind }) => kind)).not.toContain("Pod");
  });
});

describe("https", () => {
  const tls = selfSigned();
  const serveTls = async (cluster: Readonly<Record<string, unknown>>): Promise<void> => {
    const server = await serve({ tls });
    await writeFile(join(folder, "config"), kubeconfigFor(server.url, "t", cluster));
  };

  test("a certificate that nobody vouches for is refused", async () => {
    await serveTls({});
    const [code, said] = await refusal(read());
    expect(code).toBe("cluster.unreachable");
    expect(said).toContain("its certificate is not trusted");
  });
  test("one that the kubeconfig vouches for is not", async () => {
    await serveTls({ "certificate-authority-data": Buffer.from(tls.cert).toString("base64") });
    expect((await read()).problems).toEqual([]);
  });
  test("where the kubeconfig wants no check it is read, and told", async () => {
    await serveTls({ "insecure-skip-tls-verify": true });
    const cluster = await read();
    expect(counts(cluster)).toEqual([2, 1200, 1]);
    expect(cluster.problems).toMatchObject([{ code: "kubeconfig.insecure" }]);
  });
});
