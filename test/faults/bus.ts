import type { BusEntry, PutEntries } from "#shared/ports.ts";
import type { Clock } from "#shared/adapters/kubernetes/reflector/clock.ts";

/** How well the bus is. Shares are in [0, 1]. */
export type BusState = {
  /** No answer comes, until the caller's patience ends. */
  down: boolean;
  /** Of entries that are refused, and of calls that the bus has no time for. */
  refused: number;
  throttled: number;
  /** Of entries that are there although the caller is told that they are not. */
  unsure: number;
  /** Of accepted entries that never arrive, that arrive more than once, and that arrive much later than others. */
  lost: number;
  doubled: number;
  late: number;
};

export const CALM: Readonly<BusState> = {
  down: false,
  refused: 0,
  throttled: 0,
  unsure: 0,
  lost: 0,
  doubled: 0.1,
  late: 0.05,
};

export type Bus = { readonly put: PutEntries; readonly state: BusState };

/** A bus that keeps no order. What it accepts reaches `arrive` soon, late, twice, or never. */
export function bus(clock: Clock, random: () => number, arrive: (entry: BusEntry) => void): Bus {
  const state: BusState = { ...CALM };
  const never = new AbortController().signal;
  const later = (milliseconds: number, entry: BusEntry): void => {
    clock.wait(milliseconds, never).then(
      () => arrive(entry),
      () => undefined,
    );
  };
  const accept = (entry: BusEntry): void => {
    const copies = random() < state.doubled ? 1 + Math.ceil(random() * 4) : 1;
    for (let i = 0; i < copies; i += 1)
      if (random() >= state.lost)
        later(random() < state.late ? random() * 30_000 : 50 + random() * 1500, entry);
  };
  return {
    state,
    async put(entries, signal) {
      await clock.wait(20 + random() * 200, signal);
      if (state.down) {
        await clock.wait(5000, signal);
        return entries.map(() => ({ accepted: false, code: "TimedOut", message: "no answer" }));
      }
      const throttled = random() < state.throttled;
      return entries.map((entry) => {
        if (throttled) return { accepted: false, code: "ThrottlingException", message: "too many" };
        if (random() < state.refused)
          return { accepted: false, code: "InternalFailure", message: "!" };
        accept(entry);
        if (random() < state.unsure)
          return { accepted: false, code: "TimedOut", message: "no answer" };
        return { accepted: true };
      });
    },
  };
}
