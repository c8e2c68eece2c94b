import { isDeepStrictEqual } from "node:util";
import { loadKubeconfig } from "#shared/adapters/kubernetes/kubeconfig.ts";
import { systemClock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import type { Health } from "#shared/adapters/kubernetes/reflector/health.ts";
import { reflect } from "#shared/adapters/kubernetes/reflector/reflector.ts";
import { apiSource } from "#shared/adapters/kubernetes/reflector/source.ts";
import type { Cluster, Kind } from "#shared/cluster/cluster.ts";
import { keyOf } from "#shared/cluster/metadata.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { watchCluster, type Follow } from "#shared/flow/watch-cluster.ts";
import { view as newView, type View } from "#shared/states/view/view.ts";

/** The product's reflectors on a bed, and the view that they fill. */
export type Watched = {
  readonly view: View;
  /** Of all answers, by kind: what the server called them. */
  readonly contentTypes: ReadonlyMap<string, ReadonlySet<string>>;
  health(kind: Kind): Health;
  knowsAll(): boolean;
  stop(): Promise<void>;
};

/** Follows every kind as the kubeconfig's user. */
export function watched(kubeconfig: string): Watched {
  const view = newView(() => undefined);
  const contentTypes = new Map<string, Set<string>>();
  const healths = new Map<Kind, () => Health>();
  const source = apiSource(() => loadKubeconfig({ kubeconfig }));
  const noting: typeof source = {
    ...source,
    async get(path, asked) {
      const answer = await source.get(path, asked);
      const plural = new URL(path, "http://bed").pathname.split("/").at(-1) ?? "";
      const types = contentTypes.get(plural) ?? new Set();
      contentTypes.set(plural, types.add(String(answer.headers["content-type"])));
      return answer;
    },
  };
  const follow: Follow = ({ kind, ...more }) => {
    const one = reflect({ kind, source: noting, clock: systemClock, ...more });
    healths.set(kind, () => one.health());
    return one;
  };
  const watching = watchCluster({ view, follow, clock: systemClock, onTold: () => undefined });
  return {
    view,
    contentTypes,
    health(kind) {
      const found = healths.get(kind);
      if (found === undefined) throw new Error(`${kind} is not followed`);
      return found();
    },
    knowsAll: () => watching.knowsAll(),
    async stop() {
      await watching.stop();
      source.close();
    },
  };
}

/** Leases are renewed and Events made while we look; of Events only some are kept. */
const RESTLESS: ReadonlySet<Kind> = new Set(["Lease", "Event"]);

/** What the view has otherwise than a list of the same moment, in words; empty: they are equal. */
export function differences(seen: Cluster, read: Cluster): readonly string[] {
  const kinds = RESOURCES.map(({ kind }) => kind).filter((kind) => !RESTLESS.has(kind));
  return kinds.flatMap((kind) => {
    const ours = new Map(seen[kind].map((object) => [keyOf(object), object]));
    const theirs = new Map(read[kind].map((object) => [keyOf(object), object]));
    return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((key) => {
      const [a, b] = [ours.get(key), theirs.get(key)];
      if (isDeepStrictEqual(a, b)) return [];
      const how = a === undefined ? "is not in the view" : b === undefined ? "is gone" : "differs";
      return [`${kind} ${key} ${how}`];
    });
  });
}
