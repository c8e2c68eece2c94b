import type { Cluster, Kind, Kinds } from "#shared/cluster/cluster.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { everyKind, newestKubelet } from "#shared/cluster/read/cluster.ts";
import { inferredDaemonSets } from "#shared/cluster/read/inferred.ts";
import { isOfThis, type Holdings } from "./bundles.ts";
import { inOrder, type HeldKind } from "./held-objects.ts";
import { subjectOf } from "./kept-events.ts";

/** Whose Events are told of: nodes, DaemonSets and daemon pods that there are. */
function toldEvents({ held, pods, events, relations }: Holdings): Cluster["Event"] {
  return [...events.all()].filter((event) => {
    const { name, uid } = event.regarding;
    switch (event.regarding.kind) {
      case "Node": {
        const node = relations.node(name);
        return node !== undefined && isOfThis(node, event);
      }
      case "DaemonSet":
        return held.byUid("DaemonSet", uid) !== undefined;
      default:
        return subjectOf(event) !== undefined && (pods.placeOf(uid)?.daemonOf ?? "") !== "";
    }
  });
}

/** Everything as one cluster, as if it had been read now (cluster/read/cluster.ts, assemble). */
export function wholeCluster(all: Holdings, at: Instant): Cluster {
  const { held, pods } = all;
  const { version, notSeen } = all.aboutCluster();
  const of = <K extends Kind>(kind: K): readonly Kinds[K][] => {
    const found: Iterable<Kinds[Kind]> =
      kind === "Pod" ? pods.all() : kind === "Event" ? toldEvents(all) : held.all(asHeld(kind));
    // Each branch gives objects of the kind that was asked for.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return inOrder(found) as readonly Kinds[K][];
  };
  const kinds = everyKind(of);
  const noDaemonSets = notSeen.some(({ kind }) => kind === "DaemonSet");
  return {
    ...kinds,
    DaemonSet: noDaemonSets
      ? [...kinds.DaemonSet, ...inferredDaemonSets(kinds.Pod, kinds.DaemonSet)]
      : kinds.DaemonSet,
    name: held.get("Namespace", "", "kube-system")?.uid ?? "",
    version: version ?? newestKubelet(kinds.Node.map(({ kubeletVersion }) => kubeletVersion)),
    at,
    notSeen,
    problems: [],
  };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const asHeld = (kind: Kind): HeldKind => kind as HeldKind;
