import type { Kind, Kinds, NotSeen } from "#shared/cluster/cluster.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import type { Kept, View } from "#shared/states/view/view.ts";
import type { Clock } from "./delivery-round.ts";
import type { Sight } from "./sight.ts";

/** What a follower of one kind is told, in order. */
export type Told<T> =
  /** All there are; what is not among them is gone. */
  | { readonly is: "reset"; readonly objects: readonly T[] }
  | { readonly is: "put"; readonly object: T }
  | {
      readonly is: "gone";
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
    }
  /** From here on the kind is not in sight, until a reset. */
  | { readonly is: "not-seen"; readonly why: NotSeen["why"]; readonly detail: string };

export type Following = {
  stop(): Promise<void>;
  health(): {
    /** The clock's moment of the last byte from the server. */
    readonly lastByte: number | undefined;
  };
};

export type FollowOne<K extends Kind> = {
  readonly kind: K;
  /** Only the objects of this namespace. */
  readonly namespace?: string;
  /** What is held of each object until it is told: of a list, all at once. */
  readonly keep: (object: Kinds[K]) => Kept<K>;
  readonly take: (told: readonly Told<Kept<K>>[]) => void;
};
export type Follow = <K extends Kind>(one: FollowOne<K>) => Following;

export type WatchClusterOptions = {
  readonly view: View;
  readonly follow: Follow;
  readonly clock: Clock;
  /** Something was told that every kind waits for: all were told once, or a list differed from what was held. */
  readonly onTold: (news: { readonly differed: boolean }) => void;
};

export type Watching = {
  sights(): readonly Sight[];
  /** Of every kind it is known what there is, or why it cannot be known. */
  knowsAll(): boolean;
  stop(): Promise<void>;
};

/** Other components renew Leases each second, too; those of the nodes have a namespace of their own. */
const NODE_LEASES = "kube-node-lease";

/** The arrow from the API server to the view: every kind that is read is followed, and what cannot be seen is known as such. */
export function watchCluster({ view, follow, clock, onTold }: WatchClusterOptions): Watching {
  const seen = new Map<Kind, Sight["seen"]>(RESOURCES.map(({ kind }) => [kind, "not yet"]));
  const followings = new Map<Kind, Following>();
  const one = (kind: Kind, told: Told<Kept<Kind>>): void => {
    switch (told.is) {
      case "put":
        return view.put(kind, told.object);
      case "gone":
        return view.gone(kind, told);
      case "not-seen":
        view.notSeen({ kind, why: told.why, detail: told.detail });
        seen.set(kind, told.why);
        return onTold({ differed: false });
      case "reset": {
        const first = seen.get(kind) === "not yet";
        const differed = view.reset(kind, told.objects);
        seen.set(kind, true);
        return onTold({ differed: differed && !first });
      }
    }
  };
  const begin = (kind: Kind): void => {
    const following = follow({
      kind,
      keep: (object) => view.keep(kind, object),
      take: (told) => told.forEach((each) => one(kind, each)),
      ...(kind === "Lease" ? { namespace: NODE_LEASES } : {}),
    });
    followings.set(kind, following);
  };
  for (const { kind } of RESOURCES) begin(kind);
  return {
    sights: () =>
      [...seen].map(([kind, how]) => sightOf(kind, how, ageOf(followings.get(kind), clock))),
    knowsAll: () => ![...seen.values()].includes("not yet"),
    stop: async () => void (await Promise.all([...followings.values()].map(stopOne))),
  };
}

const stopOne = async (following: Following): Promise<void> => following.stop();

function ageOf(following: Following | undefined, clock: Clock): number | undefined {
  const at = following?.health().lastByte;
  return at === undefined ? undefined : Math.max(0, clock.now() - at) / 1000;
}

const sightOf = (
  kind: Kind,
  seen: Sight["seen"],
  lastByteAgeSeconds: number | undefined,
): Sight => ({ kind, seen, lastByteAgeSeconds });
