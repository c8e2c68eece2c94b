import { expect, test } from "vitest";
import { AuditorError } from "#shared/auditor-error.ts";
import { lead, type Leadership } from "#shared/adapters/kubernetes/lead.ts";
import type { Clock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import { compareEpochs, type Epoch } from "#shared/states/row.ts";
import { leaseModel, type Fate, type LeaseModel } from "../../../fixtures/lease-model.ts";
import { seeded, virtualClock, type VirtualClock } from "../../../fixtures/virtual-clock.ts";

const BIRTH = Date.UTC(2026, 10, 25);
const QUICK: Fate = { there: 1, back: 1 };

type Replica = {
  readonly name: string;
  readonly leadership: Leadership;
  /** What it was told, in order. */
  readonly told: (Epoch | undefined)[];
  readonly troubles: AuditorError[];
  epoch: Epoch | undefined;
  /** The process stands still; the time goes on. */
  readonly pause: () => void;
  readonly resume: () => void;
};

type Bed = {
  readonly clock: VirtualClock;
  readonly model: LeaseModel;
  fate: (name: string) => Fate;
  readonly start: (name: string) => Replica;
};

function bed(seed = 1): Bed {
  const clock = virtualClock(seeded(seed));
  const model = leaseModel(clock, BIRTH);
  const made: Bed = {
    clock,
    model,
    fate: () => QUICK,
    start(name) {
      const told: (Epoch | undefined)[] = [];
      const troubles: AuditorError[] = [];
      const pausable = pausing(clock);
      const replica: Omit<Replica, "leadership"> = {
        name,
        told,
        troubles,
        epoch: undefined,
        pause: pausable.pause,
        resume: pausable.resume,
      };
      const store = model.store(() => made.fate(name));
      const leadership = lead({
        store: {
          read: async (signal) => pausable.awake(await store.read(signal)),
          create: async (term, signal) => pausable.awake(await store.create(term, signal)),
          update: async (lease, term, signal) =>
            pausable.awake(await store.update(lease, term, signal)),
        },
        clock: pausable.clock,
        wall: () => BIRTH + clock.now(),
        identity: name,
        lead(epoch) {
          replica.epoch = epoch;
          told.push(epoch);
        },
        trouble: (error) => void troubles.push(error),
      });
      return Object.assign(replica, { leadership });
    },
  };
  return made;
}

type Pausing = {
  readonly clock: Clock;
  readonly awake: <T>(value: T) => Promise<T>;
  readonly pause: () => void;
  readonly resume: () => void;
};

/** A process that may be stopped: nothing of it goes on before it is woken. */
function pausing(clock: VirtualClock): Pausing {
  let woken = Promise.resolve();
  let wake: (() => void) | undefined;
  const awake = async <T>(value: T): Promise<T> => {
    await woken;
    return value;
  };
  const paused: Clock = {
    now: clock.now,
    random: clock.random,
    wait: async (milliseconds, signal) => {
      await clock.wait(milliseconds, signal).catch(() => undefined);
      await woken;
      if (signal.aborted) throw new Error("aborted");
    },
  };
  return {
    clock: paused,
    awake,
    pause() {
      if (wake === undefined) woken = new Promise((resolve) => (wake = resolve));
    },
    resume() {
      wake?.();
      wake = undefined;
    },
  };
}

const leaders = (replicas: readonly Replica[]): readonly string[] =>
  replicas.filter(({ leadership }) => leadership.isLeading()).map(({ name }) => name);

test("the first one makes the Lease and leads at once, by its birth and no change of holder", async () => {
  const { clock, model, start } = bed();
  const one = start("one");
  await clock.pass(100);

  expect(one.told).toEqual([{ createdAt: BIRTH, transitions: 0 }]);
  expect(one.leadership.isLeading()).toBe(true);
  expect(model.now()).toMatchObject({ holder: "one", durationSeconds: 15, transitions: 0 });
});

test("a leader writes once in two seconds, and asks for nothing else", async () => {
  const { clock, model, start } = bed();
  start("one");
  await clock.pass(60_000);

  expect(model.writes.length).toBe(30);
});

test("another waits for as long as the leader lives", async () => {
  const { clock, start } = bed();
  const one = start("one");
  await clock.pass(100);
  const two = start("two");
  await clock.pass(3_600_000);

  expect([one.told.length, two.told]).toEqual([1, []]);
  expect(two.leadership.holder()).toBe("one");
});

test("one that stops lets go, and the next leads within five seconds in a newer epoch", async () => {
  const { clock, model, start } = bed();
  const one = start("one");
  await clock.pass(100);
  const two = start("two");
  await clock.pass(10_000);
  const stopped = one.leadership.stop();
  await clock.pass(100);
  await stopped;
  expect(model.now()).toMatchObject({ holder: "", transitions: 0 });
  expect(one.told.at(-1)).toBeUndefined();
  await clock.pass(5000);

  expect(two.told).toEqual([{ createdAt: BIRTH, transitions: 1 }]);
});

test("one that was not the leader lets nothing go", async () => {
  const { clock, model, start } = bed();
  start("one");
  await clock.pass(100);
  const two = start("two");
  await clock.pass(10_000);
  const stopped = two.leadership.stop();
  await clock.pass(100);
  await stopped;

  expect(model.now()).toMatchObject({ holder: "one" });
});

test("a leader that is cut off steps down in ten seconds, and the next begins only after that", async () => {
  const made = bed();
  const { clock, start } = made;
  const one = start("one");
  await clock.pass(100);
  const two = start("two");
  await clock.pass(60_000);
  made.fate = (name) => (name === "one" ? { ...QUICK, lost: "before" } : QUICK);
  await clock.pass(10_000);
  expect(one.told).toEqual([{ createdAt: BIRTH, transitions: 0 }, undefined]);
  expect(leaders([one, two])).toEqual([]);
  await clock.pass(10_000);

  expect(leaders([one, two])).toEqual(["two"]);
  expect(one.troubles.length).toBeGreaterThan(2);
});

test("so does one whose requests are never answered", async () => {
  const made = bed();
  const { clock, start } = made;
  const one = start("one");
  await clock.pass(60_000);
  made.fate = () => ({ there: 1e9, back: 1 });
  await clock.pass(10_000);

  expect(one.told.at(-1)).toBeUndefined();
  expect(one.leadership.isLeading()).toBe(false);
});

test("a stopped process that wakes up knows that its time is over before anybody tells it", async () => {
  const { clock, start } = bed();
  const one = start("one");
  await clock.pass(100);
  const two = start("two");
  await clock.pass(60_000);
  one.pause();
  await clock.pass(30_000);
  expect(one.told).toEqual([{ createdAt: BIRTH, transitions: 0 }]);
  expect(leaders([one, two])).toEqual(["two"]);
  one.resume();
  await clock.pass(10);

  expect(one.told.at(-1)).toBeUndefined();
  expect(two.told).toEqual([{ createdAt: BIRTH, transitions: 1 }]);
});

test("a leader that lost its term and nobody else took it leads again in an epoch of its own", async () => {
  const { clock, start } = bed();
  const one = start("one");
  await clock.pass(100);
  one.pause();
  await clock.pass(30_000);
  one.resume();
  await clock.pass(5000);

  expect(one.told).toEqual([
    { createdAt: BIRTH, transitions: 0 },
    undefined,
    { createdAt: BIRTH, transitions: 1 },
  ]);
});

test("a term is counted from before it was asked for", async () => {
  const made = bed();
  const { clock, start } = made;
  made.fate = () => ({ there: 1, back: 2000 });
  const one = start("one");
  await clock.pass(4100);
  expect(one.leadership.isLeading()).toBe(true);
  made.fate = () => ({ ...QUICK, lost: "before" });
  await clock.pass(8000);

  expect(one.leadership.isLeading()).toBe(false);
});

test("a taking whose answer is lost is taken once more, as another epoch", async () => {
  const made = bed();
  const { clock, start } = made;
  let asked = 0;
  made.fate = () => ((asked += 1) === 2 ? { ...QUICK, lost: "after" } : QUICK);
  const one = start("one");
  await clock.pass(6000);

  expect(one.told).toEqual([{ createdAt: BIRTH, transitions: 1 }]);
});

test("a renewal whose answer is lost ends nothing", async () => {
  const made = bed();
  const { clock, start } = made;
  const one = start("one");
  await clock.pass(1000);
  let asked = 0;
  made.fate = () => ((asked += 1) === 1 ? { ...QUICK, lost: "after" } : QUICK);
  await clock.pass(60_000);

  expect(one.told).toEqual([{ createdAt: BIRTH, transitions: 0 }]);
  expect(one.leadership.isLeading()).toBe(true);
});

test("labels that somebody puts on the Lease end no term, and are no sign of life", async () => {
  const made = bed();
  const { clock, model, start } = made;
  const one = start("one");
  await clock.pass(100);
  const two = start("two");
  await clock.pass(20_000);
  model.edit((lease) => lease);
  await clock.pass(20_000);
  expect(one.told.length).toBe(1);
  made.fate = (name) => (name === "one" ? { ...QUICK, lost: "before" } : QUICK);
  for (let second = 0; second < 20; second += 1) {
    model.edit((lease) => lease);
    await clock.pass(1000);
  }

  expect(leaders([one, two])).toEqual(["two"]);
});

test("a Lease that is deleted and made again is a newer epoch, and nobody leads by the old one", async () => {
  const { clock, model, start } = bed();
  const one = start("one");
  await clock.pass(61_000);
  model.remove();
  await clock.pass(5000);

  const [first, down, second] = one.told;
  expect([first, down]).toEqual([{ createdAt: BIRTH, transitions: 0 }, undefined]);
  expect(second && first && compareEpochs(second, first)).toBeGreaterThan(0);
});

test("nobody makes it again before the one who held it must have noticed", async () => {
  const made = bed();
  const { clock, model, start } = made;
  const one = start("one");
  await clock.pass(100);
  const two = start("two");
  await clock.pass(60_000);
  made.fate = (name) => (name === "one" ? { ...QUICK, lost: "before" } : QUICK);
  model.remove();
  while (two.told.length === 0) {
    expect(leaders([one, two]).length).toBeLessThan(2);
    await clock.pass(500);
  }

  expect(leaders([one, two])).toEqual(["two"]);
});

test("one that is made again within the same second counts on", async () => {
  const { clock, model, start } = bed();
  const one = start("one");
  await clock.pass(10);
  model.edit((lease) => ({ ...lease, createdAt: lease.createdAt + 10_000, transitions: 7 }));
  await clock.pass(3000);
  model.remove();
  await clock.pass(5000);

  const epochs = one.told.filter((epoch) => epoch !== undefined);
  expect(epochs.at(-1)).toMatchObject({ transitions: 8 });
});

test("a Lease that is put back to an earlier count goes on from the highest that was seen", async () => {
  const { clock, model, start } = bed();
  const one = start("one");
  await clock.pass(100);
  model.edit((lease) => ({ ...lease, transitions: 9, holder: "x", beat: "9" }));
  await clock.pass(30_000);
  model.edit((lease) => ({ ...lease, transitions: 2, holder: "", beat: "2" }));
  await clock.pass(30_000);

  expect(one.told.map((epoch) => epoch?.transitions)).toEqual([0, undefined, 10, undefined, 11]);
});

test("who may not, by RBAC, asks four times a minute at most, and says so each time", async () => {
  const clock = virtualClock(seeded(1));
  const troubles: AuditorError[] = [];
  const refuse = async (): Promise<never> => {
    await Promise.resolve();
    throw new AuditorError("cluster.forbidden", "may not get leases");
  };
  const leadership = lead({
    store: { read: refuse, create: refuse, update: refuse },
    clock,
    wall: clock.now,
    identity: "one",
    lead: () => undefined,
    trouble: (error) => void troubles.push(error),
  });
  await clock.pass(600_000);

  expect(troubles.length).toBeLessThanOrEqual(41);
  expect(troubles.length).toBeGreaterThan(15);
  expect(leadership.isLeading()).toBe(false);
});

type Campaign = { readonly seed: number; readonly count: number; readonly deletes: boolean };

/** One thing that may happen to one replica, or to the Lease. */
function happen(chance: number, { one, made, troubled, paused, deletes }: Happening): void {
  if (chance < 0.03) troubled.set(one.name, made.clock.random() * 2);
  else if (chance < 0.05) {
    one.pause();
    paused.add(one);
  } else if (chance < 0.06) void one.leadership.stop();
  else if (chance < 0.07 && deletes) made.model.remove();
  if (chance < 0.97) return;
  paused.forEach((each) => each.resume());
  paused.clear();
  troubled.clear();
}
type Happening = {
  readonly one: Replica;
  readonly made: Bed;
  /** How likely a request of a replica is lost. */
  readonly troubled: Map<string, number>;
  readonly paused: Set<Replica>;
  readonly deletes: boolean;
};

/** Delays, losses, pauses and crashes by chance; `deletes`: somebody deletes the Lease now and then. */
async function campaign({ seed, count, deletes }: Campaign) {
  const random = seeded(seed);
  const made = bed(seed);
  const { clock, start } = made;
  const troubled = new Map<string, number>();
  made.fate = (name) => ({
    there: random() ** 12 * 12_000,
    back: random() ** 12 * 12_000,
    lost: random() < (troubled.get(name) ?? 0) ? (random() < 0.5 ? "before" : "after") : undefined,
  });
  const all: Replica[] = [];
  const fresh = (): Replica => {
    const one = start(`r${all.length}`);
    all.push(one);
    return one;
  };
  const replicas = Array.from({ length: count }, fresh);
  const paused = new Set<Replica>();
  const begun = new Map<Epoch, string>();
  let atOnce = 0;
  for (let step = 0; step < 2500; step += 1) {
    await clock.pass(500);
    const chance = random();
    const at = Math.floor(random() * count);
    const one = replicas[at] ?? fresh();
    happen(chance, { one, made, troubled, paused, deletes });
    if (chance > 0.985) {
      // Killed, and its pod started again: nothing of it goes on.
      one.pause();
      replicas[at] = fresh();
    }
    const valid = replicas.filter(({ leadership }) => leadership.isLeading());
    atOnce = Math.max(atOnce, valid.length);
    for (const { epoch } of valid)
      if (epoch) begun.set(epoch, `${epoch.createdAt}/${epoch.transitions}`);
  }
  return { atOnce, epochs: [...begun.keys()], names: [...begun.values()] };
}

const SEEDS = Array.from({ length: 20 }, (_unused, index) => index + 1);

test.each(SEEDS.flatMap((seed) => [[seed, 2] as const, [seed, 3] as const]))(
  "whatever happens on the way, two never lead at once, and epochs only grow (seed %i, %i replicas)",
  async (seed, count) => {
    const { atOnce, epochs } = await campaign({ seed, count, deletes: false });

    expect(atOnce).toBe(1);
    expect(epochs.length).toBeGreaterThan(2);
    expect(epochs).toEqual(epochs.toSorted(compareEpochs));
  },
);

test.each(SEEDS)("no epoch is of two, even where the Lease is deleted (seed %i)", async (seed) => {
  const { names } = await campaign({ seed, count: 3, deletes: true });

  expect(names.length).toBeGreaterThan(2);
  expect(new Set(names).size).toBe(names.length);
});
