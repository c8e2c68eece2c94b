import type { Cluster } from "#shared/cluster/cluster.ts";

/** Everything that is asked of the outside world. Adapters answer; `functions/*` choose which. */

/** One cluster at one moment: a live API server, a saved dump, the demo. Throws AuditorError when it cannot go on. */
export type ReadCluster = () => Promise<Cluster>;

/** One event on its way to the bus. `detail` is JSON text; its bytes are what is billed and bounded. */
export type BusEntry = { readonly detailType: string; readonly detail: string };

/** What became of one entry. A refusal of the bus names its code ("ThrottlingException", "TimedOut" …). */
export type Delivery =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      readonly code: string;
      readonly message: string;
      /** Milliseconds that the bus asks us to wait. */
      readonly retryAfter?: number;
      /** The entry itself is at fault: the same bytes would be refused again. */
      readonly hopeless?: true;
    };

/** One try for each entry, answered in the order of the entries; never rejects but for the signal. */
export type PutEntries = (
  entries: readonly BusEntry[],
  signal: AbortSignal,
) => Promise<readonly Delivery[]>;

/** What the cloud side asks of a forwarder: to say everything again. */
export type Wish = { readonly wants: "snapshot" };
/** Wishes that came since the last call; never rejects but for the signal. */
export type TakeWishes = (signal: AbortSignal) => Promise<readonly Wish[]>;
