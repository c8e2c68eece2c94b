import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AuditReport } from "#shared/events/audit-report.ts";
import {
  kubeconfigFor,
  startApiServer,
  type ApiServer,
  type ApiServerOptions,
} from "../../fixtures/api-server.ts";
import { selfSigned } from "../../fixtures/certificate.ts";
import { dsaudit } from "../../fixtures/command.ts";
import {
  daemonPodJson,
  daemonSetJson,
  namespaceJson,
  nodeJson,
} from "../../fixtures/kubernetes-json.ts";

const READY = { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } };
const OBJECTS = {
  nodes: [nodeJson("n1"), nodeJson("n2")],
  pods: [daemonPodJson("agent", "n1", READY), daemonPodJson("agent", "n2", READY)],
  daemonsets: [daemonSetJson("agent")],
  namespaces: [namespaceJson("kube-system", "the-cluster")],
};

let folder: string;
let server: ApiServer | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dsaudit-"));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

async function audit(options: Partial<ApiServerOptions>, ...more: readonly string[]) {
  server = await startApiServer({ objects: OBJECTS, ...options });
  await writeFile(join(folder, "config"), server.kubeconfig);
  const env = { KUBECONFIG: join(folder, "config") };
  return dsaudit(["audit", "-o", "json", ...more], { cwd: folder, env });
}

test("the cluster of KUBECONFIG is read, and nothing is written to it", async () => {
  const { code, out, err } = await audit({});
  expect([code, err]).toEqual([0, ""]);
  expect(AuditReport.parse(JSON.parse(out))).toMatchObject({
    cluster: { name: "the-cluster", version: "v1.34.2" },
    complete: true,
    summary: { nodes: 2, covered: 2 },
  });
});

test("a kind that is forbidden and not needed is named; the audit is complete", async () => {
  const { code, out, err } = await audit({
    fault: ({ resource }) => (resource === "events" ? { status: 403 } : undefined),
  });
  expect([code, err]).toEqual([0, ""]);
  expect(AuditReport.parse(JSON.parse(out)).notSeen).toContain("Event");
});

test("forbidden pods: never covered, exit 3, and the permission that is missing", async () => {
  const { code, out, err } = await audit(
    {
      fault: ({ resource }) =>
        resource === "pods" ? { status: 403, message: "pods is forbidden" } : undefined,
    },
    "--exit-zero",
  );
  expect(code).toBe(3);
  expect(AuditReport.parse(JSON.parse(out))).toMatchObject({
    complete: false,
    summary: { covered: 0, unknown: 2 },
  });
  expect(err).toContain("dsaudit: incomplete: pods may not be listed (pods is forbidden)");
  expect(err).toContain("--verb=get,list --resource=pods");
});

test("a server whose certificate nobody checks is read, with a warning", async () => {
  server = await startApiServer({ objects: OBJECTS, tls: selfSigned() });
  const skip = { "insecure-skip-tls-verify": true };
  await writeFile(join(folder, "config"), kubeconfigFor(server.url, "t", skip));
  const argv = ["audit", "--kubeconfig", join(folder, "config")];
  const { code, out, err } = await dsaudit(argv, { cwd: folder });
  expect(code).toBe(0);
  expect(out).not.toContain("odd");
  expect(err).toBe(
    `dsaudit: warning: nobody checks that this is ${server.url}: the kubeconfig says insecure-skip-tls-verify\n  put the cluster's CA in the kubeconfig\n`,
  );
});

test("nobody there: exit 3, no report, and what to look at", async () => {
  await writeFile(join(folder, "config"), kubeconfigFor("http://127.0.0.1:9", "t"));
  const argv = ["audit", "--kubeconfig", join(folder, "config")];
  const { code, out, err } = await dsaudit(argv, { cwd: folder });
  expect([code, out]).toEqual([3, ""]);
  expect(err).toMatch(
    /^dsaudit: cannot reach http:\/\/127\.0\.0\.1:9: .*ECONNREFUSED.*\n {2}nothing listens there/,
  );
});

test("credentials that are refused: exit 3", async () => {
  const { code, out } = await audit({ fault: () => ({ status: 401 }) });
  expect([code, out]).toEqual([3, ""]);
});

test("a context that is not there: exit 2, with the near match", async () => {
  const { code, err } = await audit({}, "--context", "tset");
  expect(code).toBe(2);
  expect(err).toContain('there is no context tset. Did you mean "test"?');
});

test("no kubeconfig at all: exit 2, and the other way is told", async () => {
  const { code, err } = await dsaudit(["audit"], { cwd: folder, env: { HOME: folder } });
  expect(code).toBe(2);
  expect(err).toContain("audit a saved dump with -f");
});
