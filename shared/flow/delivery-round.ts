import type { Instant } from "#shared/cluster/metadata.ts";
import type { BusEntry, Delivery, PutEntries } from "#shared/ports.ts";
import { note, type Tally } from "./delivery-health.ts";

/** Time and chance, from outside. */
export type Clock = {
  /** Milliseconds that only ever grow. */
  readonly now: () => number;
  /** Rejects when the signal aborts. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
};

/** Where packets come from: states that replace themselves, so that what waits is bounded by what there is. */
export type PacketSource<P extends BusEntry> = {
  /** What is due at `at`, about `most` packets; of 0 it only looks. They are in flight until they are settled. */
  take(at: number, wall: Instant, most: number): readonly P[];
  /** Not accepted: what it said is to be said again, unless newer is known. */
  settled(packet: P, accepted: boolean): void;
  nextDue(): number | undefined;
};

export type Delivering<P extends BusEntry> = {
  readonly source: PacketSource<P>;
  readonly put: PutEntries;
  readonly clock: Clock;
  readonly wall: () => Instant;
  readonly limits?: DeliveryLimits;
};

/** Times in milliseconds. */
export type DeliveryLimits = {
  /** Packets in flight. */
  readonly batch: number;
  /** The longest wait after the first failure in a row, and after any; between them it doubles. */
  readonly backOff: readonly [number, number];
  /** As often as the source is asked when it knows of nothing. */
  readonly look: number;
  /** What is refused for its own sake is tried again so late. */
  readonly hold: number;
  /** At the end, whatever becomes due within this time is due. */
  readonly early: number;
};

export const DELIVERY_LIMITS: DeliveryLimits = {
  batch: 10,
  backOff: [200, 60_000],
  look: 250,
  hold: 60_000,
  early: 120_000,
};

export type Run<P extends BusEntry> = Required<Delivering<P>> & {
  readonly tally: Tally;
  readonly held: { readonly packet: P; readonly until: number }[];
  saying: (() => BusEntry | undefined) | undefined;
  /** Calls in a row of which nothing was accepted. */
  failures: number;
  /** One packet finds out whether the bus is back, and which of many is refused with all of its call. */
  room: number;
};

type Item = { readonly entry: BusEntry; readonly settle: (delivery: Delivery) => void };

/** One call. How long to wait before the next; undefined: there was nothing to send. */
export async function round<P extends BusEntry>(
  run: Run<P>,
  early: number,
  stop: AbortSignal,
): Promise<number | undefined> {
  release(run, run.clock.now());
  const items = due(run, early);
  if (items.length === 0) return undefined;
  const given = await tried(run, items, stop);
  if (given === undefined) {
    for (const { settle } of items) settle(STOPPED);
    return 0;
  }
  const answers = items.map(({ entry, settle }, at) => {
    const answer = given[at] ?? UNANSWERED;
    note(run.tally, entry, answer);
    settle(answer);
    return answer;
  });
  return waitAfter(run, answers);
}

/** What is sent with the next call. What is said is made last, so that it speaks of the packets beside it. */
function due<P extends BusEntry>(run: Run<P>, early: number): readonly Item[] {
  const { source, clock, saying } = run;
  const most = run.room - (saying ? 1 : 0);
  const packets = most > 0 ? source.take(clock.now() + early, run.wall(), most) : [];
  const items: Item[] = packets.map((packet) => ({
    entry: packet,
    settle: (delivery) => settled(run, packet, delivery),
  }));
  const entry = saying?.();
  if (saying && entry) items.push({ entry, settle: (delivery) => heard(run, saying, delivery) });
  else run.saying = undefined;
  return items;
}

/** Whoever puts entries answers for each. This one did not. */
const UNANSWERED: Delivery = { accepted: false, code: "NoAnswer", message: "no answer" };
const STOPPED: Delivery = { accepted: false, code: "Stopped", message: "we were told to stop" };

/** Answers; undefined: it was left because of the stop, and nobody knows what became of it. */
async function tried<P extends BusEntry>(
  { put }: Run<P>,
  items: readonly Item[],
  stop: AbortSignal,
): Promise<readonly Delivery[] | undefined> {
  try {
    return await put(
      items.map(({ entry }) => entry),
      stop,
    );
  } catch {
    return stop.aborted ? undefined : [];
  }
}

function settled<P extends BusEntry>(
  { source, held, clock, limits }: Run<P>,
  packet: P,
  delivery: Delivery,
): void {
  if (delivery.accepted || !delivery.hopeless) return source.settled(packet, delivery.accepted);
  held.push({ packet, until: clock.now() + limits.hold });
}

export function release<P extends BusEntry>({ source, held }: Run<P>, until: number): void {
  for (;;) {
    const [first] = held;
    if (first === undefined || first.until > until) return;
    held.shift();
    source.settled(first.packet, false);
  }
}

function heard<P extends BusEntry>(
  run: Run<P>,
  saying: () => BusEntry | undefined,
  delivery: Delivery,
): void {
  const over = delivery.accepted || delivery.hopeless === true;
  if (over && run.saying === saying) run.saying = undefined;
}

function waitAfter<P extends BusEntry>(run: Run<P>, answers: readonly Delivery[]): number {
  const { tally, clock, limits } = run;
  const passing = answers.flatMap((one) => (one.accepted || one.hopeless ? [] : [one]));
  const anyAccepted = answers.some(({ accepted }) => accepted);
  if (anyAccepted) {
    tally.lastAccepted = clock.now();
    tally.failingSince = undefined;
    run.failures = 0;
  } else {
    tally.failingSince ??= clock.now();
  }
  if (passing.length === 0) {
    run.room = Math.min(limits.batch, run.room * 2);
    return 0;
  }
  if (!anyAccepted) {
    run.failures += 1;
    run.room = 1;
  }
  const asked = Math.max(...passing.map(({ retryAfter = 0 }) => retryAfter));
  return Math.max(asked, backOff(run));
}

/** Doubling, with full jitter: many forwarders that lost the bus together do not come back together. */
function backOff<P extends BusEntry>({ limits, clock, failures }: Run<P>): number {
  const [first, longest] = limits.backOff;
  // Never 0, which says: go on at once.
  return 1 + Math.min(longest, first * 2 ** Math.max(0, failures - 1)) * clock.random();
}
