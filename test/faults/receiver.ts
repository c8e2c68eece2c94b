import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { BusEntry } from "#shared/ports.ts";
import { merge } from "#shared/states/hear/merge.ts";
import { clusterOf } from "#shared/states/hear/rebuild.ts";
import type { RowKey } from "#shared/states/row.ts";
import type { Clock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import { carried } from "../fixtures/through-states.ts";

/** The other end of the bus: the real reading and merging, with a memory that never fails. */
export type Receiver = {
  arrive(entry: BusEntry): void;
  /** Row → hash. */
  rows(): ReadonlyMap<RowKey, string>;
  cluster(at: Instant): Cluster;
  /** It wants everything said again; asked once. */
  wish(): boolean;
  /** Rows whose content became another, so far. */
  changes(): number;
};

export function receiver(clock: Clock): Receiver {
  const merged = merge();
  let wishes = false;
  let changes = 0;
  return {
    arrive(entry) {
      const { changed, wish } = merged.receive(carried(entry), clock.now());
      changes += changed.length;
      wishes ||= wish;
    },
    rows: () => new Map([...merged.rows()].map(([key, { hash }]) => [key, hash])),
    cluster: (at) => clusterOf(merged.rows().values(), { name: "rebuilt", at }),
    wish() {
      const wished = merged.tick(clock.now()) || wishes;
      wishes = false;
      return wished;
    },
    changes: () => changes,
  };
}
