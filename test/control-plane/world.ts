import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bedClient, startBed, startComponent, stopBed, stopComponent } from "./bed.ts";
import { refused, type Client } from "./client.ts";
import type { ComponentName } from "./components.ts";
import type { User } from "./credentials.ts";
import { startHollow, type Hollow } from "./hollow.ts";

type Json = Readonly<Record<string, unknown>>;
export type ApiObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly object[];
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
};

/** A bed with hollow nodes in a folder of its own, and the few verbs that the suites need. */
export type World = {
  readonly client: Client;
  readonly hollow: Hollow;
  readonly kubeconfig: string;
  create(object: ApiObject): Promise<ApiObject>;
  list(path: string): Promise<readonly ApiObject[]>;
  get(path: string): Promise<ApiObject | undefined>;
  patch(path: string, body: Json): Promise<void>;
  remove(path: string): Promise<void>;
  kill(component: ComponentName): Promise<void>;
  /** With the same flags as before. */
  start(component: ComponentName): Promise<void>;
  /** For tests of other identities. */
  clientOf(user: User): Client;
  kubeconfigOf(user: User): string;
  close(): Promise<void>;
};

/** Collections by kind, as far as the suites create them. */
const PLACES: ReadonlyMap<string, string> = new Map([
  ["Namespace", "/api/v1/namespaces"],
  ["Pod", "/api/v1/namespaces/NS/pods"],
  ["Service", "/api/v1/namespaces/NS/services"],
  ["ResourceQuota", "/api/v1/namespaces/NS/resourcequotas"],
  ["LimitRange", "/api/v1/namespaces/NS/limitranges"],
  ["ConfigMap", "/api/v1/namespaces/NS/configmaps"],
  ["PersistentVolumeClaim", "/api/v1/namespaces/NS/persistentvolumeclaims"],
  ["PersistentVolume", "/api/v1/persistentvolumes"],
  ["DaemonSet", "/apis/apps/v1/namespaces/NS/daemonsets"],
  ["ReplicaSet", "/apis/apps/v1/namespaces/NS/replicasets"],
  ["PodDisruptionBudget", "/apis/policy/v1/namespaces/NS/poddisruptionbudgets"],
  ["PriorityClass", "/apis/scheduling.k8s.io/v1/priorityclasses"],
  ["ClusterRole", "/apis/rbac.authorization.k8s.io/v1/clusterroles"],
  ["ClusterRoleBinding", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"],
]);

export function placeOf(kind: string, namespace: string): string {
  const place = PLACES.get(kind);
  if (place === undefined) throw new Error(`the suites do not create a ${kind} yet`);
  return place.replace("NS", namespace);
}

function verbs(client: Client): Pick<World, "create" | "list" | "get" | "patch" | "remove"> {
  return {
    async create(object) {
      const place = placeOf(object.kind, object.metadata.namespace ?? "");
      const answer = await client.call("POST", place, object);
      if (answer.status !== 201) throw refused(answer, `${object.kind} ${object.metadata.name}`);
      return answer.body as ApiObject;
    },
    async list(path) {
      const answer = await client.call("GET", path);
      if (answer.status !== 200) throw refused(answer, path);
      return (answer.body as { items: readonly ApiObject[] }).items;
    },
    async get(path) {
      const answer = await client.call("GET", path);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw refused(answer, path);
      return answer.body as ApiObject;
    },
    async patch(path, body) {
      const answer = await client.call("PATCH", path, body, "application/merge-patch+json");
      if (answer.status !== 200) throw refused(answer, path);
    },
    async remove(path) {
      const answer = await client.call("DELETE", path, { propagationPolicy: "Background" });
      if (![200, 202, 404].includes(answer.status)) throw refused(answer, path);
    },
  };
}

/**
 * Starts a bed; `close` ends all of it and removes its folder. `quickNodes`: a silent node is dark after 8 s, which suits a few
 * nodes and no load; with many, the machine would make them dark by itself.
 */
export async function startWorld(quickNodes = true): Promise<World> {
  const dir = join(await mkdtemp(join(tmpdir(), "dsaudit-bed-")), "bed");
  let bed = await startBed(dir, { quickNodes });
  const client = bedClient(bed);
  const hollow = startHollow(bedClient(bed, "hollow"), bedClient(bed, "hollow"), {
    leaseSeconds: quickNodes ? 1 : 10,
  });
  return {
    client,
    hollow,
    kubeconfig: join(dir, "admin.kubeconfig"),
    ...verbs(client),
    kill: (component) => stopComponent(bed, component, "SIGKILL"),
    async start(component) {
      bed = await startComponent(bed, component);
    },
    clientOf: (user) => bedClient(bed, user),
    kubeconfigOf: (user) => join(dir, `${user}.kubeconfig`),
    async close() {
      await hollow.stop();
      client.close();
      await stopBed(bed);
      await rm(dirname(dir), { recursive: true, force: true });
    },
  };
}

/** Asks until the answer is not undefined; fails with `what` and the last sight after `seconds`. */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > end) throw new Error(`after ${seconds} s still not: ${what}`);
    await sleep(200);
  }
}

/** Waits until `look` has given the same text for `seconds`; the text. */
export async function settled(
  look: () => Promise<string>,
  seconds: number,
  atMost: number,
): Promise<string> {
  const end = Date.now() + atMost * 1000;
  let last = await look();
  let since = Date.now();
  while (Date.now() - since < seconds * 1000) {
    if (Date.now() > end) throw new Error(`not settled after ${atMost} s`);
    await sleep(500);
    const now = await look();
    if (now !== last) {
      last = now;
      since = Date.now();
    }
  }
  return last;
}
