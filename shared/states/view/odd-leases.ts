import { medianRenewal, SKEW } from "#shared/audit/evidence/clocks.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Lease } from "#shared/cluster/policy.ts";

const NAMESPACE = "kube-node-lease";
export const isOfNode = ({ namespace }: Pick<Lease, "namespace">): boolean =>
  namespace === "" || namespace === NAMESPACE;

/**
 * Leases that are told of. Those that are renewed like the others say nothing; one that lags is a silent kubelet or a clock
 * behind, one that is ahead a clock ahead. Looked at by the second: a renewal itself changes nothing.
 */
export type OddLeases = {
  has(node: string): boolean;
  /** When kubelets renewed last, by their own clocks; undefined while no lease was looked at. */
  usual(): Instant | undefined;
  /** Nodes whose lease has become odd, or is no more. */
  look(leases: Iterable<Lease>, nodeOf: (name: string) => Node | undefined): readonly string[];
  /** The same for one that was odd and has changed. */
  lookAt(lease: Lease): void;
  forget(node: string): void;
};

export function oddLeases(): OddLeases {
  const odd = new Set<string>();
  let usual: Instant | undefined;

  const isOdd = ({ renewedAt }: Lease): boolean =>
    renewedAt !== undefined && usual !== undefined && Math.abs(renewedAt - usual) > SKEW;

  /** true: it is another than before. */
  function note(lease: Lease): boolean {
    const is = isOdd(lease);
    if (is === odd.has(lease.name)) return false;
    if (is) odd.add(lease.name);
    else odd.delete(lease.name);
    return true;
  }

  return {
    has: (node) => odd.has(node),
    usual: () => usual,
    look(leases, nodeOf) {
      const all = [...leases];
      usual = usualRenewal(all, nodeOf) ?? usual;
      return all.filter(note).map(({ name }) => name);
    },
    lookAt: (lease) => void note(lease),
    forget: (node) => void odd.delete(node),
  };
}

/** As the audit judges: by the median of the nodes that are Ready, else by the newest (engine/node-entry.ts). */
function usualRenewal(
  leases: readonly Lease[],
  nodeOf: (name: string) => Node | undefined,
): Instant | undefined {
  const withNodes = leases.flatMap((lease) => {
    const node = nodeOf(lease.name);
    return node === undefined ? [] : [{ node, lease }];
  });
  const median = medianRenewal(withNodes);
  if (median !== undefined) return median;
  return leases.reduce<Instant | undefined>(
    (newest, { renewedAt }) =>
      renewedAt !== undefined && (newest === undefined || renewedAt > newest) ? renewedAt : newest,
    undefined,
  );
}
