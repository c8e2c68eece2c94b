import { leaseOf, type Holdings } from "./bundles.ts";
import { isOfNode } from "./odd-leases.ts";
import { rowKey, type Touched } from "#shared/states/row.ts";

/** Leases are renewed all the time, and a renewal is no news: only one that comes, goes, or is told of. */
export type LeaseChanges = {
  make(namespace: string, name: string, change: () => void): void;
  readonly look: () => void;
};

export function leaseChanges(all: Holdings, touched: Touched): LeaseChanges {
  const { held, leases, relations } = all;
  const touch = (name: string): void => {
    const node = relations.node(name);
    if (node !== undefined) touched(rowKey("Node", node.uid), "soon");
  };
  return {
    make(namespace, name, change) {
      const before = leaseOf(all, name);
      const wasTold = leases.has(name);
      change();
      const after = leaseOf(all, name);
      if (!isOfNode({ namespace })) return;
      if (after === undefined) leases.forget(name);
      else if (wasTold) leases.lookAt(after);
      if (wasTold || (before === undefined) !== (after === undefined)) touch(name);
    },
    look() {
      const ofNodes = [...held.all("Lease")].filter(isOfNode);
      for (const name of leases.look(ofNodes, relations.node)) touch(name);
    },
  };
}
