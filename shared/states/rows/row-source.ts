import type {
  DaemonSetBundle,
  NodeBundle,
  ObjectBundle,
  Surroundings,
} from "#shared/states/view/bundle.ts";
import { daemonSetRow } from "./daemon-set-row.ts";
import { kindOfRow, uidOfRow } from "#shared/states/tell/ledger.ts";
import { nodeRow } from "./node-row.ts";
import { objectRow } from "./object-rows.ts";
import type { RowSource } from "#shared/states/tell/outbox.ts";
import type { WrittenRow } from "#shared/states/tell/pack.ts";
import { rowContext, type RowContext } from "./row-context.ts";
import type { RowKey } from "#shared/states/row.ts";

/** The part of a view that rows are made of. */
export type Bundles = {
  nodeBundle(uid: string): NodeBundle | undefined;
  daemonSetBundle(uid: string): DaemonSetBundle | undefined;
  object(uid: string): ObjectBundle | undefined;
  surroundings(): Surroundings;
  keys(): Iterable<RowKey>;
};

/** Rows as text, made when they are asked for. */
export function rowSource(bundles: Bundles): RowSource {
  let context: RowContext | undefined;
  /** It may be another now. */
  let isOpen = true;
  /** The one in which nodes were told so far. */
  let told: RowContext | undefined;

  /** The same one as long as every node's row says the same in it: what is remembered goes by its identity. */
  const now = (): RowContext => {
    if (context !== undefined && !isOpen) return context;
    isOpen = false;
    const next = rowContext(bundles.surroundings());
    if (context?.signature !== next.signature) context = next;
    return context;
  };

  return {
    row(key) {
      if (kindOfRow(key) === "Node") told ??= now();
      return rowOf(bundles, key, now);
    },
    keys: () => bundles.keys(),
    changed(key) {
      if (kindOfRow(key) !== "Node") isOpen = true;
    },
    stale() {
      const before = told;
      told = now();
      if (told === before || before === undefined) return [];
      return [...bundles.keys()].filter((key) => kindOfRow(key) === "Node");
    },
  };
}

function rowOf(bundles: Bundles, key: RowKey, context: () => RowContext): WrittenRow | undefined {
  const uid = uidOfRow(key);
  switch (kindOfRow(key)) {
    case "Node": {
      const bundle = bundles.nodeBundle(uid);
      return bundle && nodeRow(bundle, context());
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
}
