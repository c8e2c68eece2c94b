import { keyOf } from "#shared/cluster/metadata.ts";
import type { Pod } from "#shared/cluster/pod.ts";

/** Pods by namespace and name, as a list. The look-up is made at the first change: a single look at a cluster has none. */
export type PodBag = {
  list(): readonly Pod[];
  find(pod: Pick<Pod, "namespace" | "name">): Pod | undefined;
  put(pod: Pod): void;
  remove(pod: Pick<Pod, "namespace" | "name">): void;
};

export function podBag(given: readonly Pod[]): PodBag {
  let list: readonly Pod[] | undefined = given;
  let byKey: Map<string, Pod> | undefined;
  const index = (): Map<string, Pod> => {
    byKey ??= new Map(given.map((pod) => [keyOf(pod), pod]));
    return byKey;
  };
  return {
    list() {
      list ??= [...index().values()];
      return list;
    },
    find: (pod) => index().get(keyOf(pod)),
    put(pod) {
      index().set(keyOf(pod), pod);
      list = undefined;
    },
    remove(pod) {
      index().delete(keyOf(pod));
      list = undefined;
    },
  };
}
