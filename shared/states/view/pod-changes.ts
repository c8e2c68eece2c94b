import type { Pod } from "#shared/cluster/pod.ts";
import type { Holdings } from "./bundles.ts";
import type { Place, PodChange } from "#shared/states/pods/pod-table.ts";
import { rowKey, type RowKey, type Touched } from "#shared/states/row.ts";
import type { Ref } from "#shared/states/pods/sheet.ts";
import type { StagedPod } from "#shared/states/pods/stage.ts";

/** What a pod that comes, changes or goes means for the rows. true: something is another than before. */
export type PodChanges = {
  put(pod: Pod | StagedPod): boolean;
  gone(ref: Ref): void;
  reset(pods: Iterable<Pod | StagedPod>): boolean;
};

/** The rows that show a pod: its node's, else, as a stray, its DaemonSet's; and that of the node it was promised. */
export const podRowsOf =
  ({ held, relations }: Pick<Holdings, "held" | "relations">) =>
  ({ node, daemonOf, nominated }: Place): readonly RowKey[] => {
    const rows: RowKey[] = [];
    const home = relations.node(node);
    if (home !== undefined) rows.push(rowKey("Node", home.uid));
    else if (daemonOf !== "" && held.byUid("DaemonSet", daemonOf) !== undefined)
      rows.push(rowKey("DaemonSet", daemonOf));
    const promised = nominated === "" ? undefined : relations.node(nominated);
    if (promised !== undefined) rows.push(rowKey("Node", promised.uid));
    return rows;
  };

/** Who will need room soon is news; that room is taken or left by others is load. */
const isNews = ({ daemonOf, nominated }: Place): boolean => daemonOf !== "" || nominated !== "";

const isSame = (a: Place, b: Place): boolean =>
  a.node === b.node && a.daemonOf === b.daemonOf && a.nominated === b.nominated;

const NONE: readonly RowKey[] = [];

export function podChanges(all: Holdings, touched: Touched): PodChanges {
  const { pods, events } = all;
  const rowsOf = podRowsOf(all);

  function changed(change: PodChange): void {
    const { before, after } = change;
    const isSoon =
      (before !== undefined && isNews(before)) || (after !== undefined && isNews(after));
    const urgency = isSoon ? "soon" : "later";
    const rows = before === undefined ? NONE : rowsOf(before);
    for (const key of rows) touched(key, urgency);
    if (after === undefined || (before !== undefined && isSame(before, after))) return;
    for (const key of rowsOf(after)) if (!rows.includes(key)) touched(key, urgency);
    // Events may come before their pod; now it is known that nobody asks for them.
    if (before === undefined && after.daemonOf === "" && !events.isEmpty())
      events.forget(`Pod/${change.uid}`);
  }

  return {
    put(pod) {
      const change = pods.put(pod);
      if (change !== undefined) changed(change);
      return change !== undefined;
    },
    gone(ref) {
      const change = pods.gone(ref);
      if (change !== undefined) changed(change);
    },
    reset(list) {
      let differed = false;
      pods.reset(list, (change) => {
        differed = true;
        changed(change);
      });
      return differed;
    },
  };
}
