import type { PodStore } from "#shared/states/pods/pod-store.ts";
import type { HeldObjects } from "./held-objects.ts";

/** Names that pods are filed under and no node has: what is filed there belongs to no node's row. */
export function homeless(pods: PodStore, held: HeldObjects): () => readonly string[] {
  let names: readonly string[] = [];
  let asOf = "";
  return () => {
    // A DaemonSet is asked for much more often than a node comes or goes.
    const now = `${pods.nodeNamesSince()}/${held.since("Node")}`;
    if (now === asOf) return names;
    asOf = now;
    names = [...pods.nodeNames()].filter((name) => held.get("Node", "", name) === undefined);
    return names;
  };
}
