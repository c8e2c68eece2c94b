import type { Asking, Trouble } from "../fixtures/watched-store.ts";
import { seeded, virtualClock, type VirtualClock } from "../fixtures/virtual-clock.ts";
import type { Kind } from "#shared/cluster/cluster.ts";
import type { Source } from "#shared/adapters/kubernetes/reflector/source.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { inMemory } from "../fixtures/watched-source.ts";
import { truthOf, WATCHED, type Truth, type Watched } from "./truth.ts";
import type { Schedule } from "./schedule.ts";
import { leaseModel } from "../fixtures/lease-model.ts";
import { bus, type Bus } from "./bus.ts";
import { receiver as newReceiver, type Receiver } from "./receiver.ts";
import { startForwarder, type Forwarder } from "./forwarder.ts";

/** Requests of one kind that do not get their answer. */
export type Planned = {
  readonly what: Asking["what"] | "any";
  readonly page?: number;
  /** "refused": no connection comes about. */
  readonly trouble: Trouble | "refused";
  readonly until?: number;
  readonly times?: number;
};

/** Everything that one seed lives in. */
export type World = {
  readonly clock: VirtualClock;
  readonly truth: Truth;
  trouble(kind: Watched, planned: Planned): void;
  /** The next whole list of the kind tells of a part only, as if it were all, to one who knows better. */
  lie(kind: Watched, share: number): void;
  later(milliseconds: number, act: () => void): void;
  readonly bus: Bus;
  readonly receiver: Receiver;
  /** That run now: one or two replicas. */
  forwarders(): readonly Forwarder[];
  /** One that leads, if there is one, is no more, with all it knew; after so long there is another. */
  end(how: "kill" | "stop", away: number): void;
  /** Nothing goes wrong any more. Tells from when on that can be known: not before silence is. */
  heal(): number;
  /** What must never be, and was. */
  readonly wrongs: string[];
  over(): Promise<void>;
};

type Waiting = { -readonly [K in keyof Planned]: Planned[K] } & { lie?: boolean };

const KIND_OF: ReadonlyMap<string, Kind> = new Map(
  RESOURCES.map(({ plural, kind }) => [plural, kind]),
);
const kindIn = (path: string): Kind => {
  const plural = new URL(path, "http://loopback").pathname.split("/").at(-1) ?? "";
  const kind = KIND_OF.get(plural);
  if (!kind) throw new Error(`nobody serves ${path}`);
  return kind;
};

const pageOf = (path: string): number =>
  Number(/continue=\d+%3A(\d+)/.exec(path)?.[1] ?? 0) / Number(/limit=(\d+)/.exec(path)?.[1] ?? 1);

/** No API server writes custom resources as protobuf. */
const isForeign = (group: string): boolean => group === "karpenter.sh";

/** Of the clock's zero. */
const BIRTH = Date.UTC(2026, 10, 20, 12);

export function worldOf({ seed, nodes, daemonSets, replicas, format }: Schedule): World {
  const random = seeded(seed);
  const clock = virtualClock(random);
  const truth = truthOf(clock, random, { nodes, daemonSets });
  const ended = new AbortController();
  const wrongs: string[] = [];
  const running = new Set<Forwarder>();
  const receiver = newReceiver(clock);
  const line = bus(clock, random, (entry) => {
    try {
      receiver.arrive(entry);
    } catch (error) {
      wrongs.push(`an event was not read: ${String(error)}`);
    }
  });
  const lease = leaseModel(clock, BIRTH);
  const troubles = troublesOf({ clock, truth, running });
  const sources = new Map(
    RESOURCES.map(
      ({ kind, group }) =>
        [kind, inMemory(truth.store(kind), random, isForeign(group) ? "json" : format)] as const,
    ),
  );
  const source: Source = {
    get: async (path, asked) => {
      const found = sources.get(kindIn(path));
      if (!found) throw new Error(`nobody serves ${path}`);
      return found.get(path, asked);
    },
  };
  const begin = (): void => {
    const one = startForwarder({
      clock,
      wall: () => BIRTH + Math.floor(clock.now()),
      source,
      lease: lease.store(() => ({ there: 5 + random() * 30, back: 5 + random() * 30 })),
      put: line.put,
      takeWishes: async () => (receiver.wish() ? [{ wants: "snapshot" }] : []),
      identity: `forwarder-${truth.next()}`,
      lost(kind, uid) {
        if (uidsOf(truth, kind).has(uid)) wrongs.push(`${kind} ${uid} was told gone, and is there`);
      },
    });
    running.add(one);
  };
  for (let i = 0; i < replicas; i += 1) begin();
  const world: World = {
    clock,
    truth,
    wrongs,
    bus: line,
    receiver,
    ...troubles,
    later(milliseconds, act) {
      clock.wait(milliseconds, ended.signal).then(act, () => undefined);
    },
    forwarders: () => [...running],
    end(how, away) {
      const [one] = [...running].toSorted((a, b) => Number(b.isLeading()) - Number(a.isLeading()));
      if (!one) return;
      running.delete(one);
      if (how === "kill") one.kill();
      else void one.stop();
      world.later(away, begin);
    },
    async over() {
      ended.abort();
      for (const one of running) one.kill();
    },
  };
  return world;
}

type Serving = {
  readonly clock: VirtualClock;
  readonly truth: Truth;
  readonly running: ReadonlySet<Forwarder>;
};

/** What is planned to go wrong with the requests of each kind. */
function troublesOf({ clock, truth, running }: Serving): Pick<World, "trouble" | "lie" | "heal"> {
  const planned = new Map<Kind, Waiting[]>(WATCHED.map((kind) => [kind, []]));
  let over = 0;
  const fits = (one: Waiting, { what, path }: Asking): boolean =>
    (one.what === "any" || one.what === what) &&
    (one.page === undefined || one.page === pageOf(path)) &&
    (one.until === undefined || clock.now() < one.until) &&
    (one.times === undefined || one.times > 0);
  /** Of which list it was told last when the kind's server lied: two lies in a row are the truth, for all that can be known. */
  const lied = new Map<Kind, object | undefined>();
  const isFoundOut = (kind: Kind, { trouble }: Waiting, { what }: Asking): boolean => {
    // Whoever has forgotten everything believes it, and so does everybody where there is little to lose.
    const [one, ...others] = running;
    const last = one?.lastReset(kind);
    if (!one || others.length > 0 || what === "watch" || lied.get(kind) === last) return false;
    const share = typeof trouble === "object" && "share" in trouble ? trouble.share : 1;
    const [told, held] = [truth.store(kind).all().length * share, one.held(kind).size];
    if (held < 10 || told * 2 >= held) return false;
    lied.set(kind, last);
    return true;
  };
  const troubleOf = (kind: Kind, asking: Asking): Waiting["trouble"] | undefined => {
    const found = planned.get(kind)?.find((one) => fits(one, asking));
    if (!found || (found.lie === true && !isFoundOut(kind, found, asking))) return undefined;
    if (found.times !== undefined) found.times -= 1;
    over = Math.max(over, clock.now() + (isSilence(found.trouble) ? SILENCE : 0));
    return found.trouble;
  };
  for (const kind of WATCHED)
    truth.store(kind).trouble = (asking) => {
      const trouble = troubleOf(kind, asking);
      if (trouble === "refused") throw new Error("the connection was refused");
      return trouble;
    };
  return {
    trouble: (kind, one) => void planned.get(kind)?.push({ ...one }),
    lie(kind, share) {
      planned.get(kind)?.unshift({ what: "any", trouble: { share }, times: 1, lie: true });
      truth.store(kind).compact();
      truth.store(kind).inject({ ends: "cut" });
    },
    heal() {
      for (const list of planned.values()) list.length = 0;
      return over;
    },
  };
}

/** Until then silence cannot be told from rest. */
const SILENCE = 75_000;
const isSilence = (trouble: Waiting["trouble"]): boolean =>
  trouble === "silent" ||
  (typeof trouble === "object" && "ends" in trouble && trouble.ends === "silent");

export const uidsOf = (truth: Truth, kind: Kind): ReadonlySet<string> =>
  new Set(
    truth
      .store(kind)
      .all()
      .map((json) => (json as { metadata: { uid: string } }).metadata.uid),
  );
