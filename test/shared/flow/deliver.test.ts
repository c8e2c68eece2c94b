import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deliver, type Deliveries } from "#shared/flow/deliver.ts";
import type { BusEntry, Delivery, PutEntries } from "#shared/ports.ts";
import {
  modelOutbox,
  modelReceiver,
  type ModelOutbox,
  type ModelPacket,
} from "../../fixtures/model-outbox.ts";
import { seeded, virtualClock, type VirtualClock } from "../../fixtures/virtual-clock.ts";

const MINUTE = 60_000;
const accepted: Delivery = { accepted: true };
const refused = (code = "ThrottlingException", more: object = {}): Delivery => ({
  accepted: false,
  code,
  message: `says ${code}`,
  ...more,
});

type Call = { readonly at: number; readonly entries: readonly BusEntry[] };
type Answering = (entries: readonly BusEntry[], call: number) => readonly Delivery[];

type Line = {
  readonly clock: VirtualClock;
  readonly outbox: ModelOutbox;
  readonly calls: readonly Call[];
  readonly delivery: Deliveries;
  readonly stop: AbortController;
  /** Starts it. Resolves when it has ended. */
  readonly run: () => Promise<void>;
  readonly touch: (key: string, delay?: number) => void;
};

const all = (delivery: Delivery): Answering => {
  return (entries) => entries.map(() => delivery);
};

function line(answering: Answering, random = (): number => 0.999999): Line {
  const calls: Call[] = [];
  const clock = virtualClock(random);
  return lineOf(clock, {
    calls,
    async put(entries) {
      calls.push({ at: clock.now(), entries });
      return answering(entries, calls.length - 1);
    },
  });
}

function lineOf(
  clock: VirtualClock,
  { put, calls = [] }: { readonly put: PutEntries; readonly calls?: readonly Call[] },
): Line {
  const outbox = modelOutbox(1);
  const delivery = deliver<ModelPacket>({
    source: outbox,
    put,
    clock,
    wall: () => 1_000_000 + clock.now(),
  });
  const stop = new AbortController();
  return {
    clock,
    outbox,
    calls,
    delivery,
    stop,
    run: async () => delivery.run(stop.signal),
    touch: (key, delay = 0) => outbox.touch(key, clock.now(), delay),
  };
}

const keysOf = ({ entries }: Call): readonly string[] =>
  entries.flatMap(({ detail }) =>
    ((JSON.parse(detail) as Partial<ModelPacket>).rows ?? []).map(([key]) => key),
  );

describe("what is due is sent", () => {
  test("when it is due, or as soon as the source is asked again", async () => {
    const { clock, calls, run, touch, stop } = line(all(accepted));
    const ended = run();
    await clock.pass(1000);
    touch("a", 1420);
    await clock.pass(1419);
    expect(calls).toEqual([]);
    await clock.pass(1000);
    touch("b");
    await clock.pass(250);
    expect(calls.map((call) => [call.at, keysOf(call)])).toEqual([
      [2420, ["a"]],
      [3420, ["b"]],
    ]);
    stop.abort();
    await ended;
  });

  test("ten packets a call, the next call at once", async () => {
    const { clock, calls, run, touch, stop } = line(all(accepted));
    for (let i = 0; i < 25; i += 1) touch(`n${i}`);
    const ended = run();
    await clock.pass(0);
    expect(calls.map(({ at, entries }) => [at, entries.length])).toEqual([
      [0, 10],
      [0, 10],
      [0, 5],
    ]);
    stop.abort();
    await ended;
  });

  test("and no call begins before the last has ended", async () => {
    const clock = virtualClock(seeded(1));
    let open = 0;
    let most = 0;
    const { run, touch, stop, outbox } = lineOf(clock, {
      async put(entries, signal) {
        open += 1;
        most = Math.max(most, open);
        await clock.wait(700, signal);
        open -= 1;
        return entries.map(() => accepted);
      },
    });
    const ended = run();
    for (let i = 0; i < 50; i += 1) {
      touch(`n${i % 30}`);
      await clock.pass(100);
    }
    await clock.pass(5000);
    expect([most, outbox.dirty()]).toEqual([1, 0]);
    stop.abort();
    await ended;
  });
});

describe("while the bus fails", () => {
  test("waits double from 0.2 s to a minute, and one packet finds out whether it is back", async () => {
    const { clock, calls, run, touch, stop } = line(all(refused()));
    for (let i = 0; i < 25; i += 1) touch(`n${i}`);
    const ended = run();
    await clock.pass(10 * MINUTE);
    const gaps = calls
      .slice(1)
      .map(({ at }, i) => Math.round((at - (calls[i]?.at ?? 0)) / 100) / 10);
    expect(gaps.slice(0, 11)).toEqual([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60]);
    expect(calls.map(({ entries }) => entries.length)).toEqual([
      10,
      ...calls.slice(1).map(() => 1),
    ]);
    stop.abort();
    await ended;
  });

  test("chance spreads the waits over all of their length", async () => {
    const { clock, calls, run, touch, stop } = line(all(refused()), () => 0);
    touch("a");
    const ended = run();
    await clock.pass(9);
    expect(calls.map(({ at }) => at)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    stop.abort();
    await ended;
  });

  test("success begins anew: with the shortest wait, and with more in a call each time", async () => {
    const { clock, calls, run, touch, stop } = line((entries, call) =>
      entries.map(() => (call < 5 || call === 9 ? refused() : accepted)),
    );
    for (let i = 0; i < 40; i += 1) touch(`n${i}`);
    const ended = run();
    await clock.pass(MINUTE);
    expect(calls.map(({ entries }) => entries.length)).toEqual([
      10, 1, 1, 1, 1, 1, 2, 4, 8, 10, 1, 2, 4, 8, 10,
    ]);
    expect((calls[10]?.at ?? 0) - (calls[9]?.at ?? 0)).toBeCloseTo(201, 0);
    stop.abort();
    await ended;
  });

  test("a bus that says when to come back is obeyed", async () => {
    const { clock, calls, run, touch, stop } = line((entries, call) =>
      entries.map(() => (call === 0 ? refused("Http503", { retryAfter: 7000 }) : accepted)),
    );
    touch("a");
    const ended = run();
    await clock.pass(MINUTE);
    expect(calls.map(({ at }) => at)).toEqual([0, 7000]);
    stop.abort();
    await ended;
  });

  test("only what failed is sent again", async () => {
    const { clock, calls, run, touch, stop, outbox } = line((entries, call) =>
      entries.map((_entry, at) => (call === 0 && at % 3 === 0 ? refused() : accepted)),
    );
    for (let i = 0; i < 10; i += 1) touch(`n${i}`);
    const ended = run();
    await clock.pass(MINUTE);
    expect(calls.map(keysOf)).toEqual([
      ["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"],
      ["n0", "n3", "n6", "n9"],
    ]);
    expect([outbox.dirty(), outbox.inFlight()]).toEqual([0, 0]);
    stop.abort();
    await ended;
  });

  test("what changed meanwhile is sent as it is now", async () => {
    const { clock, calls, run, touch, stop } = line(all(refused()));
    touch("a");
    const ended = run();
    await clock.pass(100);
    touch("a");
    touch("a");
    await clock.pass(1000);
    expect(JSON.parse(calls.at(-1)?.entries[0]?.detail ?? "")).toMatchObject({ rows: [["a", 3]] });
    stop.abort();
    await ended;
  });

  test.each<readonly [string, Answering]>([
    [
      "throws",
      () => {
        throw new Error("bug");
      },
    ],
    ["answers too little", () => []],
  ])("someone who %s counts as a bus that fails", async (_what, answering) => {
    const { clock, run, touch, stop, delivery } = line((entries, call) =>
      call < 3 ? answering(entries, call) : entries.map(() => accepted),
    );
    touch("a");
    const ended = run();
    await clock.pass(MINUTE);
    expect(delivery.health()).toMatchObject({ accepted: 1, refused: new Map([["NoAnswer", 3]]) });
    stop.abort();
    await ended;
  });
});

describe("an entry that is itself at fault", () => {
  const poison: Answering = (entries) =>
    entries.map(({ detail }) =>
      detail.includes('"bad"') ? refused("TooLarge", { hopeless: true }) : accepted,
    );

  test("waits for a minute while others go on, and is tried again", async () => {
    const { clock, calls, run, touch, stop, delivery } = line(poison);
    touch("bad");
    const ended = run();
    for (let second = 0; second < 59; second += 1) {
      touch(`n${second}`);
      await clock.pass(1000);
    }
    const tries = () => calls.filter((call) => keysOf(call).includes("bad")).length;
    expect([tries(), calls.length]).toEqual([1, 60]);
    expect(delivery.health()).toMatchObject({ held: 1, accepted: 59, failingSince: undefined });
    await clock.pass(2000);
    expect(tries()).toBe(2);
    stop.abort();
    await ended;
  });

  test("is given back at a stop", async () => {
    const { clock, run, touch, stop, outbox } = line(poison);
    touch("bad");
    const ended = run();
    await clock.pass(1000);
    expect([outbox.dirty(), outbox.inFlight()]).toEqual([0, 1]);
    stop.abort();
    await ended;
    expect([outbox.dirty(), outbox.inFlight()]).toEqual([1, 0]);
  });

  test("is found though the whole call is refused for it", async () => {
    const { clock, run, touch, stop, delivery, outbox } = line((entries) => {
      const bad = entries.some(({ detail }) => detail.includes('"bad"'));
      const why = refused("ValidationException", entries.length === 1 ? { hopeless: true } : {});
      return entries.map(() => (bad ? why : accepted));
    });
    for (let i = 0; i < 30; i += 1) touch(i === 12 ? "bad" : `n${i}`);
    const ended = run();
    await clock.pass(MINUTE);
    expect(delivery.health().accepted).toBe(29);
    expect(outbox.dirty() + outbox.inFlight()).toBe(1);
    stop.abort();
    await ended;
  });
});

describe("what is said", () => {
  const heartbeat = (text: string): BusEntry => ({
    detailType: "Heartbeat",
    detail: JSON.stringify({ text }),
  });
  const said = ({ entries }: Call): readonly string[] =>
    entries.flatMap(({ detailType, detail }) =>
      detailType === "Heartbeat" ? [(JSON.parse(detail) as { text: string }).text] : [],
    );

  test("goes beside packets, made when it is sent", async () => {
    const { clock, calls, run, touch, stop, delivery } = line(all(accepted));
    for (let i = 0; i < 10; i += 1) touch(`n${i}`);
    delivery.say(() => heartbeat(`at ${clock.now()}`));
    await clock.pass(500);
    const ended = run();
    await clock.pass(500);
    expect(calls.map(said)).toEqual([["at 500"], []]);
    expect(calls.map((call) => keysOf(call).length)).toEqual([9, 1]);
    stop.abort();
    await ended;
  });

  test("is made anew until it is accepted, and gives way to what is said later", async () => {
    const { clock, calls, run, stop, delivery } = line((entries, call) =>
      entries.map(() => (call < 3 ? refused() : accepted)),
    );
    delivery.say(() => heartbeat(`one ${Math.floor(clock.now())}`));
    const ended = run();
    await clock.pass(300);
    delivery.say(() => heartbeat("two"));
    await clock.pass(MINUTE);
    expect(calls.map(said)).toEqual([["one 0"], ["one 200"], ["two"], ["two"]]);
    stop.abort();
    await ended;
  });

  test("during a call is not lost with its end", async () => {
    const clock = virtualClock(seeded(1));
    const seen: string[] = [];
    const { run, stop, delivery } = lineOf(clock, {
      async put(entries, signal) {
        await clock.wait(1000, signal);
        seen.push(...entries.map(({ detail }) => detail));
        return entries.map(() => accepted);
      },
    });
    delivery.say(() => heartbeat("one"));
    const ended = run();
    await clock.pass(500);
    delivery.say(() => heartbeat("two"));
    await clock.pass(5000);
    expect(seen).toEqual([heartbeat("one").detail, heartbeat("two").detail]);
    stop.abort();
    await ended;
  });

  test("is forgotten when by then there is nothing to say", async () => {
    const { clock, calls, run, stop, delivery } = line(all(refused()));
    let made = 0;
    delivery.say(() => {
      made += 1;
      return clock.now() < 500 ? heartbeat("one") : undefined;
    });
    const ended = run();
    await clock.pass(MINUTE);
    expect(calls.map(({ at }) => Math.floor(at))).toEqual([0, 200]);
    expect(made).toBe(3);
    stop.abort();
    await ended;
  });

  test("in vain for its own sake is said no more", async () => {
    const { clock, calls, run, stop, delivery } = line(
      all(refused("InvalidArgument", { hopeless: true })),
    );
    delivery.say(() => heartbeat("one"));
    const ended = run();
    await clock.pass(MINUTE);
    expect(calls.length).toBe(1);
    stop.abort();
    await ended;
  });
});

describe("a stop", () => {
  test.each<readonly [string, Answering, number]>([
    ["while there is nothing to do", all(accepted), 10_000],
    ["in the middle of a back-off", all(refused()), 10_000],
  ])("%s ends it at once", async (_what, answering, after) => {
    const { clock, run, touch, stop, outbox } = line(answering);
    touch("a");
    const ended = run();
    await clock.pass(after);
    stop.abort();
    await ended;
    expect(outbox.inFlight()).toBe(0);
  });

  test("in the middle of a call leaves it, and gives back what it had", async () => {
    const clock = virtualClock(seeded(1));
    const { run, touch, stop, outbox, delivery } = lineOf(clock, {
      async put(_entries, signal) {
        await clock.wait(MINUTE, signal);
        return [];
      },
    });
    touch("a");
    const ended = run();
    await clock.pass(1000);
    expect(outbox.inFlight()).toBe(1);
    stop.abort();
    await ended;
    expect([outbox.inFlight(), outbox.dirty()]).toEqual([0, 1]);
    expect(delivery.health()).toMatchObject({ refused: new Map(), failingSince: undefined });
  });

  test("before the start lets nothing begin", async () => {
    const { calls, run, touch, stop } = line(all(accepted));
    touch("a");
    stop.abort();
    await run();
    expect(calls).toEqual([]);
  });

  test("a source that throws ends it with what it threw", async () => {
    const clock = virtualClock(seeded(1));
    const source = {
      take: (): readonly BusEntry[] => {
        throw new Error("a bug of ours");
      },
      settled: () => undefined,
      nextDue: () => undefined,
    };
    const put: PutEntries = async () => [];
    const delivery = deliver({ source, put, clock, wall: () => 0 });
    await expect(delivery.run(new AbortController().signal)).rejects.toThrow("a bug of ours");
  });
});

describe("the goodbye", () => {
  test("sends what is not due yet, and tells that all is said", async () => {
    const { clock, calls, touch, delivery, outbox } = line(all(accepted));
    for (let i = 0; i < 15; i += 1) touch(`n${i}`, MINUTE);
    await expect(delivery.flush(5000)).resolves.toBe(true);
    expect(calls.map(({ entries }) => entries.length)).toEqual([10, 5]);
    expect([outbox.dirty(), clock.now()]).toEqual([0, 0]);
  });

  test("sends what changed since the source was last looked at, and counts from then", async () => {
    const clock = virtualClock(seeded(1));
    const late = { detailType: "NodeStates", detail: "{}" };
    let due: number | undefined;
    const source = {
      take(at: number, _wall: number, most: number): readonly BusEntry[] {
        due ??= at + 60_000;
        if (due > at || most === 0) return [];
        due = Number.POSITIVE_INFINITY;
        return [late];
      },
      settled: () => undefined,
      nextDue: () => due,
    };
    const sent: BusEntry[] = [];
    const put: PutEntries = async (entries) => {
      sent.push(...entries);
      return entries.map(() => accepted);
    };
    expect(await deliver({ source, put, clock, wall: () => 0 }).flush(5000)).toBe(true);
    expect(sent).toEqual([late]);
  });

  test("tries again, from the shortest wait on, within its time", async () => {
    const { clock, run, touch, stop, delivery, outbox } = line((entries) =>
      entries.map(() => (clock.now() < 602_000 ? refused() : accepted)),
    );
    touch("a");
    const ended = run();
    await clock.pass(10 * MINUTE);
    stop.abort();
    await ended;
    const flushed = delivery.flush(5000);
    await clock.pass(5000);
    expect(await flushed).toBe(true);
    expect(outbox.dirty()).toBe(0);
  });

  test("without a bus ends after its time, and says so", async () => {
    const clock = virtualClock(seeded(1));
    const { touch, delivery, outbox } = lineOf(clock, {
      async put(_entries, signal) {
        await clock.wait(MINUTE, signal);
        return [];
      },
    });
    touch("a");
    let at = -1;
    const flushed = delivery.flush(5000).finally(() => (at = clock.now()));
    await clock.pass(20_000);
    expect([await flushed, at]).toEqual([false, 5000]);
    expect([outbox.inFlight(), outbox.dirty()]).toEqual([0, 1]);
  });

  test("a back-off does not outlive it", async () => {
    const { clock, touch, delivery } = line(all(refused()));
    touch("a");
    let at = -1;
    const flushed = delivery.flush(5000).finally(() => (at = clock.now()));
    await clock.pass(20_000);
    expect([await flushed, at]).toEqual([false, 5000]);
  });

  test("leaves no timer behind", async () => {
    const clock = virtualClock(seeded(1));
    const waits: AbortSignal[] = [];
    const wait: typeof clock.wait = async (milliseconds, signal) => {
      waits.push(signal);
      return clock.wait(milliseconds, signal);
    };
    const { delivery } = lineOf({ ...clock, wait }, { put: async () => [] });
    expect(await delivery.flush(5000)).toBe(true);
    expect(waits.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test("does not repeat what is hopeless, and says that it did not get through", async () => {
    const { calls, touch, delivery, outbox } = line(all(refused("TooLarge", { hopeless: true })));
    touch("a");
    await expect(delivery.flush(5000)).resolves.toBe(false);
    expect([calls.length, outbox.inFlight()]).toEqual([1, 0]);
  });
});

describe("its health", () => {
  test("tells since when the bus fails, with what, and when it last did not", async () => {
    const { clock, run, touch, stop, delivery } = line((entries, call) =>
      entries.map(() => (call === 0 || call > 4 ? accepted : refused("TimedOut"))),
    );
    touch("ü");
    const ended = run();
    await clock.pass(1000);
    const bytes = Buffer.byteLength('{"seq":1,"rows":[["ü",1]]}');
    const before = delivery.health();
    expect(before).toEqual({
      lastAccepted: 0,
      failingSince: undefined,
      accepted: 1,
      bytes,
      refused: new Map(),
      lastCode: undefined,
      lastMessage: "",
      held: 0,
    });
    touch("b");
    await clock.pass(1000);
    expect(delivery.health()).toMatchObject({
      lastAccepted: 0,
      failingSince: 1250,
      refused: new Map([["TimedOut", 3]]),
      lastCode: "TimedOut",
      lastMessage: "says TimedOut",
    });
    expect(before.refused.size).toBe(0);
    await clock.pass(MINUTE);
    expect(delivery.health()).toMatchObject({ failingSince: undefined, accepted: 2 });
    expect(delivery.health().lastAccepted).toBeGreaterThan(1000);
    stop.abort();
    await ended;
  });

  test("does not grow with the codes that a bus makes up", async () => {
    const { clock, run, touch, stop, delivery } = line(
      (entries, call) => entries.map(() => refused(`Code${call}`)),
      () => 0,
    );
    touch("a");
    const ended = run();
    await clock.pass(200);
    const codes = delivery.health().refused;
    expect(codes.size).toBe(51);
    expect(codes.get("Other")).toBeGreaterThan(100);
    stop.abort();
    await ended;
  });
});

/** One step of a schedule: some rows change, the bus behaves so, and time passes. */
type Step = {
  readonly touched: readonly number[];
  readonly behaves: "well" | "partly" | "throttles" | "loses" | "stores, then times out" | "delays";
  readonly milliseconds: number;
};
const step: fc.Arbitrary<Step> = fc.record({
  touched: fc.array(fc.nat(11), { maxLength: 6 }),
  behaves: fc.constantFrom(
    "well",
    "partly",
    "throttles",
    "loses",
    "stores, then times out",
    "delays",
  ),
  milliseconds: fc.nat(20_000),
});

test("whatever the bus does, no row is ever sent older than before, none is lost, and all is told once it is back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(), async (steps, seed) => {
      const random = seeded(seed);
      const clock = virtualClock(random);
      const outbox = modelOutbox(3);
      const receiver = modelReceiver();
      const sent: (readonly [key: string, version: number])[] = [];
      const late: string[] = [];
      let behaves: Step["behaves"] = "well";
      const one = ({ detail }: BusEntry): Delivery => {
        const lot = random();
        if (behaves === "throttles" || (behaves === "partly" && lot < 0.3)) return refused();
        if (behaves === "loses") return refused("TimedOut");
        // Events overtake each other on a bus.
        if (random() < 0.3) late.push(detail);
        else receiver.receive(detail);
        return behaves === "stores, then times out" ? refused("TimedOut") : accepted;
      };
      const put: PutEntries = async (entries, signal) => {
        for (const { detail } of entries) sent.push(...(JSON.parse(detail) as ModelPacket).rows);
        await clock.wait(behaves === "delays" ? 4000 * random() : 20, signal);
        return entries.map(one);
      };
      const delivery = deliver({ source: outbox, put, clock, wall: () => 0 });
      const stop = new AbortController();
      const ended = delivery.run(stop.signal);
      for (const { touched, milliseconds, behaves: now } of steps) {
        behaves = now;
        for (const row of touched) outbox.touch(`n${row}`, clock.now(), row % 2 ? 1500 : 0);
        await clock.pass(milliseconds);
      }
      behaves = "well";
      await clock.pass(MINUTE + 5000);
      stop.abort();
      await ended;
      for (const detail of late.toReversed()) receiver.receive(detail);

      const newest = new Map<string, number>();
      for (const [key, version] of sent) {
        expect(version).toBeGreaterThanOrEqual(newest.get(key) ?? 0);
        newest.set(key, version);
      }
      expect(receiver.rows).toEqual(outbox.truth);
      expect([outbox.dirty(), outbox.inFlight()]).toEqual([0, 0]);
    }),
    { numRuns: 150 },
  );
});

test("of 100,000 entries none is lost with 20 % of them failing, 5 % of calls throttled and 5 % timed out", async () => {
  const random = seeded(7);
  const clock = virtualClock(random);
  const outbox = modelOutbox(1);
  const stored = new Map<string, number>();
  let calls = 0;
  const put: PutEntries = async (entries) => {
    calls += 1;
    const lot = random();
    if (lot < 0.05) return entries.map(() => refused());
    const timesOut = lot < 0.1;
    // Of a time-out nobody knows: half of them are stored.
    if (timesOut && random() < 0.5) return entries.map(() => refused("TimedOut"));
    return entries.map(({ detail }) => {
      if (random() < 0.2) return refused("InternalFailure");
      for (const [key] of (JSON.parse(detail) as ModelPacket).rows)
        stored.set(key, (stored.get(key) ?? 0) + 1);
      return timesOut ? refused("TimedOut") : accepted;
    });
  };
  const delivery = deliver({ source: outbox, put, clock, wall: () => 0 });
  const stop = new AbortController();
  const ended = delivery.run(stop.signal);
  for (let batch = 0; batch < 100; batch += 1) {
    for (let i = 0; i < 1000; i += 1) outbox.touch(`${batch}/${i}`, clock.now());
    while (outbox.dirty() > 0) await clock.pass(1000);
  }
  stop.abort();
  await ended;

  expect(stored.size).toBe(100_000);
  expect([outbox.dirty(), outbox.inFlight()]).toEqual([0, 0]);
  const { accepted: told, refused: failed } = delivery.health();
  expect(told).toBe(100_000);
  // Sent again was what failed, and nothing else.
  expect(calls).toBeLessThan(30_000);
  expect([...failed.keys()].toSorted()).toEqual([
    "InternalFailure",
    "ThrottlingException",
    "TimedOut",
  ]);
}, 60_000);

test("an hour without the bus, with 2,000 changes a minute: what waits is bounded by the rows, and is told in a minute", async () => {
  const ROWS = 5000;
  const random = seeded(3);
  const clock = virtualClock(random);
  const outbox = modelOutbox(30);
  const receiver = modelReceiver();
  let down = false;
  let tries = 0;
  const put: PutEntries = async (entries, signal) => {
    if (down) {
      tries += 1;
      await clock.wait(5000, signal);
      return entries.map(() => refused("TimedOut"));
    }
    await clock.wait(50, signal);
    for (const { detail } of entries) receiver.receive(detail);
    return entries.map(() => accepted);
  };
  const delivery = deliver({ source: outbox, put, clock, wall: () => 0 });
  const stop = new AbortController();
  const ended = delivery.run(stop.signal);
  await clock.pass(1000);
  down = true;
  let most = 0;
  for (let second = 0; second < 3600; second += 1) {
    for (let i = 0; i < 33; i += 1)
      outbox.touch(`n${Math.floor(random() * ROWS)}`, clock.now(), 1500);
    await clock.pass(1000);
    most = Math.max(most, outbox.dirty() + outbox.inFlight() * 30);
  }
  expect(delivery.health().failingSince).toBeLessThan(10_000);
  // Of the 118,800 changes.
  expect(most).toBeLessThanOrEqual(ROWS + 30);
  expect(tries).toBeLessThan(150);
  down = false;
  const back = clock.now();
  while (outbox.dirty() + outbox.inFlight() > 0 && clock.now() - back < 10 * MINUTE)
    await clock.pass(100);
  expect(clock.now() - back).toBeLessThanOrEqual(MINUTE);
  expect(receiver.rows).toEqual(outbox.truth);
  expect(delivery.health().failingSince).toBeUndefined();
  stop.abort();
  await ended;
}, 60_000);
