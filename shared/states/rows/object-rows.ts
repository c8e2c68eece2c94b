import { CLUSTER, type ObjectBundle } from "#shared/states/view/bundle.ts";
import type { WrittenRow } from "#shared/states/tell/pack.ts";
import { classList, field, fields, writtenRow, type Pieces } from "./row-text.ts";
import { rowKey } from "#shared/states/row.ts";
import { writeObject } from "#shared/states/write/object.ts";

/** An object that concerns many nodes or DaemonSets, or what is known of the cluster itself. */
export const objectRow = (bundle: ObjectBundle): WrittenRow => {
  const id = idOf(bundle);
  return writtenRow({
    key: rowKey("Object", id.uid),
    id,
    classes: classList(),
    pieces: fields([field("kind", bundle.kind), ...bodyOf(bundle)]),
  });
};

const idOf = (bundle: ObjectBundle): { readonly uid: string; readonly name: string } =>
  bundle.kind === "cluster"
    ? { uid: CLUSTER, name: "" }
    : { uid: bundle.object.uid, name: bundle.object.name };

function bodyOf(bundle: ObjectBundle): readonly Pieces[] {
  switch (bundle.kind) {
    case "cluster":
      return [field("version", bundle.version), field("notSeen", bundle.notSeen)];
    case "Service":
      return [
        field("object", writeObject("Service", bundle.object)),
        field("hasEndpoints", bundle.hasEndpoints),
      ];
    case "PriorityClass":
      return [field("object", writeObject("PriorityClass", bundle.object))];
    case "RuntimeClass":
      return [field("object", writeObject("RuntimeClass", bundle.object))];
    case "PodDisruptionBudget":
      return [field("object", writeObject("PodDisruptionBudget", bundle.object))];
    case "NodePool":
      return [field("object", writeObject("NodePool", bundle.object))];
    case "Namespace":
      return [field("object", writeObject("Namespace", bundle.object))];
    case "EndpointSlice":
      return [field("object", writeObject("EndpointSlice", bundle.object))];
  }
}
