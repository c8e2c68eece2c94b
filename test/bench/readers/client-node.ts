import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  makeInformer,
  type Informer,
  type KubernetesListObject,
  type KubernetesObject,
} from "@kubernetes/client-node";
import type { MakeReader } from "./reading.ts";

/** A page more than this makes it slower. */
const PAGE = 500;
type ListPage<T extends KubernetesObject> = (asked: {
  limit: number;
  _continue?: string;
}) => Promise<KubernetesListObject<T>>;

/** Its own list is one string, which V8 cannot hold for 60,000 pods: only page by page it can begin at all. */
const inPages =
  <T extends KubernetesObject>(list: ListPage<T>) =>
  async (): Promise<KubernetesListObject<T>> => {
    const items: T[] = [];
    for (let next = ""; ;) {
      const page = await list({ limit: PAGE, ...(next === "" ? {} : { _continue: next }) });
      items.push(...page.items);
      // Its own name for it.
      // oxlint-disable-next-line no-underscore-dangle
      next = page.metadata?._continue ?? "";
      if (next === "") return { ...page, items };
    }
  };

/** The informer of Kubernetes' own client for Node, as its documentation shows it. */
export const clientNode: MakeReader = (kubeconfig) => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const [core, apps] = [config.makeApiClient(CoreV1Api), config.makeApiClient(AppsV1Api)];
  const counts = { objects: 0, changes: 0 };
  const connected: Promise<unknown>[] = [];
  const follow = <T extends KubernetesObject>(path: string, list: ListPage<T>): Informer<T> => {
    const informer = makeInformer(config, path, inPages(list));
    informer.on("add", () => (counts.objects += 1));
    informer.on("error", (error) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    });
    connected.push(informer.start());
    return informer;
  };
  const pods = follow("/api/v1/pods", (asked) => core.listPodForAllNamespaces(asked));
  pods.on("update", () => (counts.changes += 1));
  const informers = [
    pods,
    follow("/api/v1/nodes", (asked) => core.listNode(asked)),
    follow("/apis/apps/v1/daemonsets", (asked) => apps.listDaemonSetForAllNamespaces(asked)),
  ];
  return {
    async synced() {
      await Promise.all(connected);
      return counts.objects;
    },
    changes: () => counts.changes,
    stop: async () => {
      await Promise.all(informers.map((one) => one.stop()));
    },
  };
};
