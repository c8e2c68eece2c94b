import type { DaemonSetBundle, NodeBundle, ObjectBundle } from "#shared/states/view/bundle.ts";
import { daemonSetRow } from "./daemon-set-row.ts";
import { kindOfRow, uidOfRow } from "#shared/states/tell/ledger.ts";
import { nodeRow } from "./node-row.ts";
import { objectRow } from "./object-rows.ts";
import type { RowSource } from "#shared/states/tell/outbox.ts";
import { rowContext, type RowContext } from "./row-context.ts";
import type { RowKey } from "#shared/states/row.ts";

/** The part of a view that rows are made of. */
export type Bundles = {
  nodeBundle(uid: string): NodeBundle | undefined;
  daemonSetBundle(uid: string): DaemonSetBundle | undefined;
  object(uid: string): ObjectBundle | undefined;
  keys(): Iterable<RowKey>;
};

/** Rows as text, made when they are asked for. */
export function rowSource(bundles: Bundles): RowSource {
  let context: RowContext | undefined;
  /** Of the context in which nodes were told so far. */
  let told: string | undefined;

  const now = (): RowContext => {
    context ??= contextOf(bundles);
    told ??= context.signature;
    return context;
  };

  return {
    row(key) {
      const uid = uidOfRow(key);
      switch (kindOfRow(key)) {
        case "Node": {
          const bundle = bundles.nodeBundle(uid);
          return bundle && nodeRow(bundle, now());
        }
        case "DaemonSet": {
          const bundle = bundles.daemonSetBundle(uid);
          return bundle && daemonSetRow(bundle);
        }
        case "Object": {
          const bundle = bundles.object(uid);
          return bundle && objectRow(bundle);
        }
      }
    },
    keys: () => bundles.keys(),
    changed(key) {
      if (kindOfRow(key) !== "Node") context = undefined;
    },
    stale() {
      if (context !== undefined) return [];
      const before = told;
      told = undefined;
      if (now().signature === before || before === undefined) return [];
      return [...bundles.keys()].filter((key) => kindOfRow(key) === "Node");
    },
  };
}

function contextOf(bundles: Bundles): RowContext {
  const sets: DaemonSetBundle[] = [];
  const objects: ObjectBundle[] = [];
  for (const key of bundles.keys()) {
    const uid = uidOfRow(key);
    const set = kindOfRow(key) === "DaemonSet" ? bundles.daemonSetBundle(uid) : undefined;
    const object = kindOfRow(key) === "Object" ? bundles.object(uid) : undefined;
    if (set) sets.push(set);
    if (object) objects.push(object);
  }
  return rowContext(sets, objects);
}
