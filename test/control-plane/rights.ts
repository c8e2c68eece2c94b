import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import type { Kind } from "#shared/cluster/cluster.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { refused } from "./client.ts";
import { until, type World } from "./world.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const ROLE = "dsaudit-reader";
const USER = "reader";

/** A rule for each kind that the reader declares, without those that are taken away. */
const rulesWithout = (taken: readonly Kind[]): readonly object[] =>
  RESOURCES.filter(({ kind }) => !taken.includes(kind)).map(({ group, plural }) => ({
    apiGroups: [group],
    resources: [plural],
    verbs: ["get", "list"],
  }));

const roleWithout = (taken: readonly Kind[]): object => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: ROLE },
  rules: rulesWithout(taken),
});

/** What the authorizer itself says, as it learns of a changed role a moment later. */
async function isAllowed({ client }: World, group: string, resource: string): Promise<boolean> {
  const answer = await client.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user: USER, resourceAttributes: { verb: "list", group, resource } },
  });
  if (answer.status !== 201) throw refused(answer, `may ${USER} list ${resource}`);
  return (answer.body as { status: { allowed: boolean } }).status.allowed;
}

/** Waits until exactly these are taken away. */
export async function untilRights(world: World, taken: readonly Kind[]): Promise<void> {
  await until(`${USER} may list all but ${taken.join(", ")}`, 20, async () => {
    const allowed = await Promise.all(
      RESOURCES.map(({ group, plural }) => isAllowed(world, group, plural)),
    );
    return RESOURCES.every(({ kind }, i) => allowed[i] === !taken.includes(kind))
      ? true
      : undefined;
  });
}

/** The identity that reads, bound to a role of get and list on every kind. */
export async function grantAll(world: World): Promise<void> {
  const { client } = world;
  const role = await client.call("POST", `${RBAC}/clusterroles`, roleWithout([]));
  if (role.status !== 201) throw refused(role, ROLE);
  const bound = await client.call("POST", `${RBAC}/clusterrolebindings`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: ROLE },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: ROLE },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: USER }],
  });
  if (bound.status !== 201) throw refused(bound, `${ROLE} bound`);
  await untilRights(world, []);
}

/** Everything but these. */
export async function takeAway(world: World, taken: readonly Kind[]): Promise<void> {
  const answer = await world.client.call("PUT", `${RBAC}/clusterroles/${ROLE}`, roleWithout(taken));
  if (answer.status !== 200) throw refused(answer, ROLE);
  await untilRights(world, taken);
}

export type AuditEntry = {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly objectRef?: { readonly resource?: string; readonly apiGroup?: string };
  readonly responseStatus?: { readonly code?: number };
};

/** What the API server wrote down of requests by these users. */
export async function auditOf(
  world: World,
  users: readonly string[],
): Promise<readonly AuditEntry[]> {
  // It writes behind its answers.
  await sleep(300);
  const log = await readFile(join(dirname(world.kubeconfig), "audit.log"), "utf8");
  return log
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line) as AuditEntry)
    .filter(({ user }) => users.includes(user.username));
}

type Kubeconfig = {
  readonly clusters: readonly { cluster: Record<string, unknown> }[];
  readonly users: readonly { user: Record<string, unknown> }[];
};

/** A copy of the reader's kubeconfig in which something is wrong; the file's path. */
export async function changedKubeconfig(
  world: World,
  name: string,
  change: { readonly cluster?: object; readonly user?: object },
): Promise<string> {
  const config = parse(await readFile(world.kubeconfigOf(USER), "utf8")) as Kubeconfig;
  for (const one of config.clusters) one.cluster = { ...one.cluster, ...change.cluster };
  for (const one of config.users) one.user = { ...one.user, ...change.user };
  const file = join(dirname(world.kubeconfig), `${name}.kubeconfig`);
  await writeFile(file, stringify(config), { mode: 0o600 });
  return file;
}

/** Makes every earlier revision of etcd unreadable, and with it the later pages of every list that was begun. */
export async function compact(etcdPort: number): Promise<void> {
  const ask = async (path: string, body: object): Promise<unknown> => {
    const url = `http://127.0.0.1:${etcdPort}/v3/kv/${path}`;
    const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd answers ${answer.status}`);
    return answer.json();
  };
  const put = await ask("put", { key: btoa("/dsaudit"), value: "" });
  const { header } = put as { readonly header: { readonly revision: string } };
  await ask("compaction", { revision: header.revision, physical: true });
}
