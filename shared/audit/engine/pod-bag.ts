import { keyOf } from "#shared/cluster/metadata.ts";
import type { Pod } from "#shared/cluster/pod.ts";

/** Pods by namespace and name, as a list. The look-up is made at the first change: a single look at a cluster has none. */
export type PodBag = {
  list(): readonly Pod[];
  /** Those that wait for a place which the scheduler has promised them. */
  nominated(): readonly Pod[];
  find(pod: Pick<Pod, "namespace" | "name">): Pod | undefined;
  put(pod: Pod): void;
  remove(pod: Pick<Pod, "namespace" | "name">): void;
};

const isNominated = ({ spec, status }: Pod): boolean =>
  spec.nodeName === "" && status.nominatedNodeName !== "";

export function podBag(given: readonly Pod[]): PodBag {
  let list: readonly Pod[] | undefined = given;
  let byKey: Map<string, Pod> | undefined;
  let promised: Map<string, Pod> | undefined;
  const nominated = (): Map<string, Pod> => {
    promised ??= new Map(given.filter(isNominated).map((pod) => [keyOf(pod), pod]));
    return promised;
  };
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
    nominated: () => [...nominated().values()],
    put(pod) {
      index().set(keyOf(pod), pod);
      if (isNominated(pod)) nominated().set(keyOf(pod), pod);
      else nominated().delete(keyOf(pod));
      list = undefined;
    },
    remove(pod) {
      index().delete(keyOf(pod));
      nominated().delete(keyOf(pod));
      list = undefined;
    },
  };
}
