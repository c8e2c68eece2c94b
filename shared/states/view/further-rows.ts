import type { Service } from "#shared/cluster/service.ts";
import type { Holdings } from "./bundles.ts";
import type { HeldChange } from "./held-changes.ts";
import type { HeldKind } from "./held-objects.ts";
import { objectKey } from "./relations.ts";
import { rowKey, type RowKey } from "#shared/states/row.ts";
import { same } from "./same.ts";

/** Asked before a change is made; what it gives is asked for when it is made. */
type Further<K extends HeldKind> = (all: Holdings, change: HeldChange<K>) => () => Iterable<RowKey>;
const NONE: readonly RowKey[] = [];

/** A node that comes takes its pods from the DaemonSets whose strays they were; one that goes leaves them there. */
const ofNode: Further<"Node"> =
  ({ pods, held }, { before, after }) =>
  () => {
    if (before !== undefined && after !== undefined) return NONE;
    return [...pods.daemonsOn((after ?? before)?.name ?? "")].flatMap((uid) =>
      uid === "" || held.byUid("DaemonSet", uid) === undefined ? [] : [rowKey("DaemonSet", uid)],
    );
  };

/** Which Services have rows of their own, and whose slices have, depends on what there is for them to select. */
const ofDaemonSet: Further<"DaemonSet"> = ({ relations }, { before, after }) => {
  const namespace = (after ?? before)?.namespace ?? "";
  if (before && after && same(before.templateLabels, after.templateLabels)) return () => NONE;
  const rows = relations.trafficRows(namespace);
  return () => rows.symmetricDifference(relations.trafficRows(namespace));
};

/** Its slices come and go with it. */
const ofService: Further<"Service"> = ({ relations }, { before, after }) => {
  const service = after ?? before;
  const shown = (): ReadonlySet<RowKey> =>
    new Set(
      (service === undefined ? [] : relations.slicesOf(service))
        .filter(relations.isShown)
        .map(objectKey),
    );
  const rows = shown();
  return () => rows.symmetricDifference(shown());
};

/** Of a Service that selects no DaemonSet it is told whether it has endpoints at all. */
const ofSlice: Further<"EndpointSlice"> = ({ relations, held }, { before, after }) => {
  const services = [before, after].flatMap((slice): readonly Service[] => {
    const found = slice && held.get("Service", slice.namespace, slice.service);
    return found !== undefined && relations.isRemaining(found) ? [found] : [];
  });
  const had = services.map(relations.hasEndpoints);
  return () =>
    services.filter((service, at) => relations.hasEndpoints(service) !== had[at]).map(objectKey);
};

const ofNodeClaim: Further<"NodeClaim"> =
  ({ claims }, { before, after }) =>
  () => {
    if (before !== undefined) claims.remove(before);
    if (after !== undefined) claims.put(after);
    return NONE;
  };

const FURTHER: { readonly [K in HeldKind]?: Further<K> } = {
  Node: ofNode,
  DaemonSet: ofDaemonSet,
  Service: ofService,
  EndpointSlice: ofSlice,
  NodeClaim: ofNodeClaim,
};

/** Rows that change though they do not show the object itself. */
export function furtherRows<K extends HeldKind>(
  all: Holdings,
  change: HeldChange<K>,
): () => Iterable<RowKey> {
  const further: Further<K> | undefined = FURTHER[change.kind];
  return further === undefined ? () => NONE : further(all, change);
}
