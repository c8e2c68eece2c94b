import type { NodeClaim } from "#shared/cluster/policy.ts";

/** Karpenter's claims by the node that they became. */
export type NodeClaims = {
  /** Of several, the last by name, as the audit has it. */
  of(node: string): NodeClaim | undefined;
  put(claim: NodeClaim): void;
  remove(claim: NodeClaim): void;
};

export function nodeClaims(): NodeClaims {
  const byNode = new Map<string, Map<string, NodeClaim>>();
  return {
    of: (node) =>
      [...(byNode.get(node)?.values() ?? [])].reduce<NodeClaim | undefined>(
        (last, one) => (last === undefined || one.name > last.name ? one : last),
        undefined,
      ),
    put(claim) {
      const there = byNode.get(claim.nodeName) ?? new Map<string, NodeClaim>();
      byNode.set(claim.nodeName, there.set(claim.name, claim));
    },
    remove({ nodeName, name }) {
      const there = byNode.get(nodeName);
      there?.delete(name);
      if (there?.size === 0) byNode.delete(nodeName);
    },
  };
}
