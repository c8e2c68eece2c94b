import { setTimeout as sleep } from "node:timers/promises";

/** Time and chance, from outside: tests bring their own. */
export type Clock = {
  /** Milliseconds that only ever grow. */
  readonly now: () => number;
  /** Rejects when the signal aborts. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
};

export const systemClock: Clock = {
  now: () => performance.now(),
  wait: async (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  random: Math.random,
};

/** `work`, or a rejection as soon as the signal aborts: a promise that nobody settles must not hold the loop. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** The connection has been silent for longer than a live one can be. */
export class Silent extends Error {
  /** The server had said 200 before: it may be well, and have nothing to say. */
  readonly answered: boolean;
  constructor(limit: number, answered: boolean) {
    super(`no byte for ${Math.round(limit / 1000)} s`);
    this.name = "Silent";
    this.answered = answered;
  }
}

export type Watchdog = {
  /** From now on bytes are awaited. */
  listen(): void;
  /** We are at work ourselves: that nothing is heard tells nothing. */
  pause(): void;
  end(): void;
};

/** Calls `onSilence` once when `limit` has passed since the last `listen`. One timer, however many bytes there are. */
export function watchdog(clock: Clock, limit: number, onSilence: () => void): Watchdog {
  const ended = new AbortController();
  let since = clock.now();
  let paused = false;
  const guard = async (): Promise<void> => {
    for (let rest = limit; rest > 0;) {
      await clock.wait(rest, ended.signal);
      rest = paused ? limit : since + limit - clock.now();
    }
    onSilence();
  };
  // Only its end makes the wait reject.
  guard().catch(() => undefined);
  return {
    listen() {
      since = clock.now();
      paused = false;
    },
    pause: () => void (paused = true),
    end: () => ended.abort(),
  };
}
