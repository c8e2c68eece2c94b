import type { BusEntry } from "#shared/ports.ts";
import { newTally, type DeliveryHealth } from "./delivery-health.ts";
import { DELIVERY_LIMITS, release, round, type Delivering, type Run } from "./delivery-round.ts";

export type Deliveries = {
  /** Sends whatever becomes due until the signal aborts, and ends then at once: what is in flight counts as not accepted. */
  run(stop: AbortSignal): Promise<void>;
  /** After `run`: everything that waits, due or not, for at most so long. false: it did not all get through. */
  flush(milliseconds: number): Promise<boolean>;
  /**
   * One entry that is made when it is sent, and anew until one was accepted. A newer one takes its place; undefined: there is
   * nothing to say any more.
   */
  say(make: () => BusEntry | undefined): void;
  health(): DeliveryHealth;
};

/**
 * The arrow from the forwarder to the bus. One call is under way at a time, so a newer state of a row never leaves before an
 * older one; what fails goes back to the source, which by then may know better.
 */
export function deliver<P extends BusEntry>(delivering: Delivering<P>): Deliveries {
  const { limits = DELIVERY_LIMITS } = delivering;
  const run: Run<P> = {
    ...delivering,
    limits,
    tally: newTally(),
    held: [],
    saying: undefined,
    failures: 0,
    room: limits.batch,
  };
  return {
    run: async (stop) => untilStopped(run, stop),
    flush: async (milliseconds) => flush(run, milliseconds),
    say: (make) => void (run.saying = make),
    health: () => ({ ...run.tally, refused: new Map(run.tally.refused), held: run.held.length }),
  };
}

async function untilStopped<P extends BusEntry>(run: Run<P>, stop: AbortSignal): Promise<void> {
  try {
    while (!stop.aborted) {
      const wait = await round(run, 0, stop);
      if (wait !== 0) await run.clock.wait(wait ?? untilDue(run), stop);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    release(run, Number.POSITIVE_INFINITY);
  }
}

async function flush<P extends BusEntry>(run: Run<P>, milliseconds: number): Promise<boolean> {
  const over = new AbortController();
  const done = new AbortController();
  run.clock.wait(milliseconds, done.signal).then(
    () => over.abort(new Error(`not delivered within ${milliseconds} ms`)),
    () => undefined,
  );
  run.failures = 0;
  look(run);
  try {
    while (!over.signal.aborted) {
      const wait = await round(run, run.limits.early, over.signal);
      if (wait === undefined) return run.held.length === 0;
      if (wait > 0) await run.clock.wait(wait, over.signal);
    }
    return false;
  } catch (error) {
    if (!over.signal.aborted) throw error;
    return false;
  } finally {
    done.abort();
    release(run, Number.POSITIVE_INFINITY);
  }
}

/** A source counts the time of a change from the first look after it; this look is for the changes since the last one. */
function look<P extends BusEntry>({ source, clock, wall }: Run<P>): void {
  for (const packet of source.take(clock.now(), wall(), 0)) source.settled(packet, false);
}

const SHORTEST = 10;

function untilDue<P extends BusEntry>({ source, clock, limits }: Run<P>): number {
  const due = source.nextDue() ?? Number.POSITIVE_INFINITY;
  return Math.min(limits.look, Math.max(SHORTEST, due - clock.now()));
}
