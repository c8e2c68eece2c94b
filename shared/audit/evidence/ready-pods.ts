import { isReady } from "#shared/cluster/daemon-controller/available.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { PlacementView } from "#shared/audit/facts.ts";
import { onceAMoment } from "#shared/audit/engine/once-a-moment.ts";

/** How the judged pods of a DaemonSet are doing: what tells a fault of a node from a fault of the daemon. */
type ReadyPods = {
  readonly all: number;
  /** Of the current revision, or of one that cannot be told from it. */
  readonly current: number;
  readonly byPlatform: ReadonlyMap<string, number>;
};

const platformOf = ({ os, arch }: Node): string => `${os}/${arch}`;

/** When every node has the same trouble, each of them asks. */
const readyPods = onceAMoment((daemonSet): ReadyPods => {
  const byPlatform = new Map<string, number>();
  let all = 0;
  let current = 0;
  for (const { pod, node } of daemonSet.placements()) {
    if (pod === undefined || !isReady(pod)) continue;
    all += 1;
    if (daemonSet.isUpdated(pod) !== "no") current += 1;
    const platform = platformOf(node.node);
    byPlatform.set(platform, (byPlatform.get(platform) ?? 0) + 1);
  }
  return { all, current, byPlatform };
});

const own = (pod: Pod | undefined): number => (pod !== undefined && isReady(pod) ? 1 : 0);

/** Ready pods of the DaemonSet on other nodes. */
export const readyElsewhere = ({ daemonSet, pod }: PlacementView): number =>
  readyPods(daemonSet).all - own(pod);

/** The same, of the revision that is meant to be there. */
export const readyOfCurrentElsewhere = ({ daemonSet, pod }: PlacementView): number =>
  readyPods(daemonSet).current -
  (pod !== undefined && daemonSet.isUpdated(pod) !== "no" ? own(pod) : 0);

/** Ready pods on nodes of another operating system or processor. */
export function readyOnOtherPlatforms({ daemonSet, node }: PlacementView): number {
  const { all, byPlatform } = readyPods(daemonSet);
  return all - (byPlatform.get(platformOf(node.node)) ?? 0);
}
