import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clusterUid, greet } from "#shared/adapters/kubernetes/identify.ts";
import { loadInCluster, podNamespace } from "#shared/adapters/kubernetes/in-cluster.ts";
import { apiSource, type ApiSource } from "#shared/adapters/kubernetes/reflector/source.ts";
import { startApiServer, type ApiServer, type Fault } from "../../../fixtures/api-server.ts";
import { selfSigned } from "../../../fixtures/certificate.ts";
import { namespaceJson } from "../../../fixtures/kubernetes-json.ts";

const VARIABLES = ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"] as const;
const { signal } = new AbortController();

let root: string;
let folder: string;
let server: ApiServer;
let source: ApiSource;
let fault: Fault | undefined;
let before: readonly (string | undefined)[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "dsaudit-"));
  folder = join(root, "var/run/secrets/kubernetes.io/serviceaccount");
  await mkdir(folder, { recursive: true });
  const tls = selfSigned();
  fault = undefined;
  server = await startApiServer({
    objects: {},
    token: "right",
    tls,
    fault: () => fault,
    handle({ path }, response) {
      if (fault || path !== "/api/v1/namespaces/kube-system") return false;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(namespaceJson("kube-system", "uid-of-cluster")));
      return true;
    },
  });
  await writeFile(join(folder, "ca.crt"), tls.cert);
  await writeFile(join(folder, "token"), "right");
  await writeFile(join(folder, "namespace"), "audit\n");
  before = VARIABLES.map((name) => process.env[name]);
  process.env["KUBERNETES_SERVICE_HOST"] = "127.0.0.1";
  process.env["KUBERNETES_SERVICE_PORT"] = new URL(server.url).port;
  source = apiSource(async () => loadInCluster(root));
});
afterEach(async () => {
  for (const [at, name] of VARIABLES.entries())
    if (before[at] === undefined) delete process.env[name];
    else process.env[name] = before[at];
  source.close();
  await server.close();
  await rm(root, { recursive: true });
});

test("the cluster that a pod lives in tells who it is, by the service account's CA and token", async () => {
  expect(await clusterUid(source, signal)).toBe("uid-of-cluster");
  expect(await podNamespace(root)).toBe("audit");
});

test("a token that was renewed on disk counts at once when the old one is refused", async () => {
  await writeFile(join(folder, "token"), "old");
  await expect(clusterUid(source, signal)).rejects.toThrow("Unauthorized");
  await writeFile(join(folder, "token"), "right");

  expect(await clusterUid(source, signal)).toBe("uid-of-cluster");
});

test("a pod without a token is told what to look at", async () => {
  await rm(join(folder, "token"));

  await expect(loadInCluster(root)).rejects.toMatchObject({
    code: "kubeconfig.invalid",
    hint: expect.stringContaining("automountServiceAccountToken") as string,
  });
  expect(await podNamespace(join(root, "nowhere"))).toBeUndefined();
});

test("the server's version and its time of day are asked for without any right", async () => {
  const { version, time } = await greet(source, signal);

  expect(version).toBe("v1.34.2");
  expect(Math.abs((time ?? 0) - Date.now())).toBeLessThan(5000);
});

test.each([
  [{ status: 403, message: "no rights" }, "may not get namespace kube-system: no rights"],
  [{ status: 500, message: "etcd" }, "cannot read namespace kube-system: etcd"],
  [{ text: "<html>" }, "cannot read namespace kube-system: it answered 200"],
  [{ text: '{"metadata":{"uid":7}}' }, "cannot read namespace kube-system: it answered 200"],
])("%j is no answer to who it is", async (given, says) => {
  fault = given;

  await expect(clusterUid(source, signal)).rejects.toMatchObject({ message: says });
});

test("a version that is no text is none", async () => {
  fault = { text: '{"gitVersion":["v1"]}' };

  expect((await greet(source, signal)).version).toBeUndefined();
});
