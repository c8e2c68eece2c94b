import type { BusEntry, Delivery } from "#shared/ports.ts";

/** How it goes with the bus: for metrics, for the heartbeat, and for whoever asks whether we are well. */
export type DeliveryHealth = {
  /** The clock's moment. */
  readonly lastAccepted: number | undefined;
  /** Since when nothing was accepted though something was tried; undefined while all is well. */
  readonly failingSince: number | undefined;
  readonly accepted: number;
  /** Of `accepted`, without the envelope. */
  readonly bytes: number;
  /** Tries that were refused or told nothing, by code. */
  readonly refused: ReadonlyMap<string, number>;
  readonly lastCode: string | undefined;
  /** For people. */
  readonly lastMessage: string;
  /** Packets that were refused for their own sake and wait before they are tried again. */
  readonly held: number;
};

export type Tally = {
  -readonly [K in keyof Omit<DeliveryHealth, "refused" | "held">]: DeliveryHealth[K];
} & { readonly refused: Map<string, number> };

export const newTally = (): Tally => ({
  lastAccepted: undefined,
  failingSince: undefined,
  accepted: 0,
  bytes: 0,
  refused: new Map(),
  lastCode: undefined,
  lastMessage: "",
});

/** Codes are labels of a metric; a bus that makes up new ones gets no more than these. */
const MOST_CODES = 50;
const encoder = new TextEncoder();

export function note(tally: Tally, entry: BusEntry, delivery: Delivery): void {
  if (delivery.accepted) {
    tally.accepted += 1;
    tally.bytes += encoder.encode(entry.detail).length;
    return;
  }
  const { refused } = tally;
  const { code, message } = delivery;
  const label = refused.has(code) || refused.size < MOST_CODES ? code : "Other";
  refused.set(label, (refused.get(label) ?? 0) + 1);
  tally.lastCode = code;
  tally.lastMessage = message;
}
