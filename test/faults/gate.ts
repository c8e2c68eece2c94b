import type { Clock } from "#shared/adapters/kubernetes/reflector/clock.ts";

/** What must pass here waits while it is closed. */
export type Gate = {
  /** Infinity: for ever. */
  close(milliseconds: number): void;
  open(): Promise<void>;
};

export function gate(clock: Clock): Gate {
  const never = new AbortController().signal;
  let until = 0;
  return {
    close: (milliseconds) => void (until = clock.now() + milliseconds),
    async open() {
      while (clock.now() < until) {
        if (until === Number.POSITIVE_INFINITY) await new Promise(() => undefined);
        await clock.wait(until - clock.now(), never);
      }
    },
  };
}
