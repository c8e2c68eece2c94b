import type { Kind, Kinds } from "#shared/cluster/cluster.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { PutEntries, TakeWishes } from "#shared/ports.ts";
import { lead } from "#shared/adapters/kubernetes/lead.ts";
import type { LeaseStore } from "#shared/adapters/kubernetes/lease-store.ts";
import type { Clock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import { reflect, type Reflector } from "#shared/adapters/kubernetes/reflector/reflector.ts";
import type { Source } from "#shared/adapters/kubernetes/reflector/source.ts";
import { forward } from "#shared/flow/forward.ts";
import type { Follow } from "#shared/flow/watch-cluster.ts";
import { CLUSTER } from "../fixtures/through-states.ts";
import { gate, type Gate } from "./gate.ts";

/** What a process finds around it. */
export type Surroundings = {
  readonly clock: Clock;
  readonly wall: () => Instant;
  readonly source: Source;
  readonly lease: LeaseStore;
  readonly put: PutEntries;
  readonly takeWishes: TakeWishes;
  readonly identity: string;
  /** Is told of each object that was told gone. */
  readonly lost: (kind: Kind, uid: string) => void;
};

/** The forwarder as one process, with all its memory. */
export type Forwarder = {
  /** What its reflectors have told. */
  held(kind: Kind): ReadonlyMap<string, Kinds[Kind]>;
  /** The last whole list that was told. */
  lastReset(kind: Kind): object | undefined;
  throwNext(times: number): void;
  block(milliseconds: number): void;
  pause(milliseconds: number): void;
  isLeading(): boolean;
  health(): string;
  /** As SIGTERM: it says goodbye. */
  stop(): Promise<void>;
  /** As SIGKILL: nothing of it happens any more. */
  kill(): void;
};

export function startForwarder(around: Surroundings): Forwarder {
  const held = new Map<Kind, Map<string, Kinds[Kind]>>();
  const resets = new Map<Kind, object>();
  const reflectors = new Map<Kind, Reflector>();
  const killed = new AbortController();
  const paused = gate(around.clock);
  const blocked = gate(around.clock);
  let throws = 0;
  const clock = slowed(around.clock, paused);
  const source = gated(around.source, { paused, killed: killed.signal });
  const heldOf = (kind: Kind): Map<string, Kinds[Kind]> => {
    const found = held.get(kind) ?? new Map<string, Kinds[Kind]>();
    held.set(kind, found);
    return found;
  };

  const follow: Follow = ({ kind, keep, take, ...where }) => {
    type K = typeof kind;
    const view = heldOf(kind);
    const one = reflect<K, Both<Kinds[K], ReturnType<typeof keep>>>({
      kind,
      source,
      clock,
      ...where,
      keep: (object) => ({ object, kept: keep(object) }),
      limits: { page: 150 },
      async take(changes) {
        await blocked.open();
        if ((throws -= 1) >= 0) throw new Error("the consumer is not well");
        for (const change of changes) {
          if (change.is === "put") view.set(change.object.object.uid, change.object.object);
          if (change.is === "gone" && view.delete(change.uid)) around.lost(kind, change.uid);
          if (change.is !== "reset") continue;
          resets.set(kind, change);
          const told = new Map(change.objects.map(({ object }) => [object.uid, object]));
          for (const uid of view.keys()) if (!told.has(uid)) around.lost(kind, uid);
          view.clear();
          for (const [uid, object] of told) view.set(uid, object);
        }
        take(
          changes.map((change) => {
            if (change.is === "put") return { ...change, object: change.object.kept };
            if (change.is !== "reset") return change;
            return { ...change, objects: change.objects.map(({ kept }) => kept) };
          }),
        );
      },
    });
    reflectors.set(kind, one);
    return one;
  };

  const { put, takeWishes, lease, wall, identity } = around;
  const through = async <T>(work: () => Promise<T>): Promise<T> => {
    await paused.open();
    const done = await work();
    await paused.open();
    return done;
  };
  const forwarding = forward({
    cluster: CLUSTER,
    version: "test",
    follow,
    lead: (told) =>
      lead({
        store: {
          read: async (signal) => through(async () => lease.read(signal)),
          create: async (...parts) => through(async () => lease.create(...parts)),
          update: async (...parts) => through(async () => lease.update(...parts)),
        },
        clock,
        wall,
        identity,
        lead: told,
        trouble: () => undefined,
      }),
    put: async (...parts) => through(async () => put(...parts)),
    takeWishes: async (signal) => through(async () => takeWishes(signal)),
    greet: async () => through(async () => ({ version: "v1.34.2", time: wall() })),
    clock,
    wall,
    trouble: () => undefined,
  });
  // A rejection would be the end of the process, and of the test.
  const { done } = forwarding;

  return {
    held: heldOf,
    lastReset: (kind) => resets.get(kind),
    throwNext: (times) => void (throws = times),
    block: (milliseconds) => blocked.close(milliseconds),
    pause: (milliseconds) => paused.close(milliseconds),
    isLeading: () => forwarding.health().leading,
    health() {
      const { leading, waiting, delivery, sights } = forwarding.health();
      const unseen = sights
        .filter(({ seen }) => seen !== true)
        .map(({ kind, seen }) => `${kind} ${seen}`);
      const lines = [...reflectors].map(([kind, one]) => {
        const { lists, lastFailure, version } = one.health();
        return lists.size > 1
          ? [`${kind} at ${version}, lists ${[...lists].join(" ")}: ${lastFailure}`]
          : [];
      });
      return [
        `${identity} leads: ${leading}, waiting: ${waiting}, delivery: ${JSON.stringify(delivery)}, not seen: ${unseen.join()}`,
        ...lines.flat(),
      ].join("\n");
    },
    async stop() {
      paused.close(0);
      await forwarding.stop();
      await done;
    },
    kill() {
      paused.close(Number.POSITIVE_INFINITY);
      killed.abort(new Error("killed"));
    },
  };
}

type Both<O, K> = { readonly object: O; readonly kept: K };

/** Time goes on while a process does not run: what it waited for comes late. */
const slowed = (clock: Clock, paused: Gate): Clock => ({
  ...clock,
  async wait(milliseconds, signal) {
    await clock.wait(milliseconds, signal);
    await paused.open();
    signal.throwIfAborted();
  },
});

const gated = (
  source: Source,
  { paused, killed }: { readonly paused: Gate; readonly killed: AbortSignal },
): Source => ({
  async get(path, asked) {
    await paused.open();
    const signal = AbortSignal.any([asked.signal, killed]);
    const answer = await source.get(path, { ...asked, signal });
    await paused.open();
    return { ...answer, body: late(answer.body, paused) };
  },
});

async function* late(body: AsyncIterable<Uint8Array>, paused: Gate) {
  for await (const piece of body) {
    await paused.open();
    yield piece;
  }
}
