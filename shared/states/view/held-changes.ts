import type { Kinds } from "#shared/cluster/cluster.ts";
import type { Holdings } from "./bundles.ts";
import { furtherRows } from "./further-rows.ts";
import type { HeldKind } from "./held-objects.ts";
import { leaseChanges } from "./lease-changes.ts";
import { rowsOf } from "./relations.ts";
import type { Touched } from "#shared/states/row.ts";
import { same } from "./same.ts";
import type { Ref } from "#shared/states/pods/sheet.ts";

type AnyHeld = Kinds[HeldKind];

/** What an object that comes, changes or goes means for the rows. true: something is another than before. */
export type HeldChanges = {
  put<K extends HeldKind>(kind: K, object: Kinds[K]): boolean;
  gone(kind: HeldKind, ref: Ref): void;
  reset<K extends HeldKind>(kind: K, objects: Iterable<Kinds[K]>): boolean;
  /** Leases that have become old beside the others, or are not any more. */
  tick(): void;
};

/** Endpoints and budgets follow every pod that becomes ready; nothing waits for them. */
const LATER: ReadonlySet<HeldKind> = new Set<HeldKind>(["EndpointSlice", "PodDisruptionBudget"]);

export type HeldChange<K extends HeldKind> = {
  readonly kind: K;
  readonly before: Kinds[K] | undefined;
  readonly after: Kinds[K] | undefined;
};

export function heldChanges(all: Holdings, touched: Touched): HeldChanges {
  const { held, relations } = all;
  const leases = leaseChanges(all, touched);

  /** The change itself, and every row that showed the object before or shows it after. */
  function make<K extends HeldKind>(change: HeldChange<K>): void {
    const { kind, before, after } = change;
    const rows = new Set(before === undefined ? [] : rowsOf(kind, before, relations));
    const further = furtherRows(all, change);
    if (after !== undefined) held.put(kind, after);
    else if (before !== undefined) held.remove(kind, before.namespace, before.name);
    for (const key of after === undefined ? [] : rowsOf(kind, after, relations)) rows.add(key);
    for (const key of further()) rows.add(key);
    for (const key of rows) touched(key, LATER.has(kind) ? "later" : "soon");
  }

  function put<K extends HeldKind>(kind: K, object: Kinds[K]): boolean {
    const before = held.get(kind, object.namespace, object.name);
    if (before !== undefined && same(before, object)) return false;
    if (kind === "Lease") leases.make(object.namespace, object.name, () => held.put(kind, object));
    else if (before === undefined || before.uid === object.uid)
      make({ kind, before, after: object });
    else {
      // Born again under its name: another row.
      make({ kind, before, after: undefined });
      make({ kind, before: undefined, after: object });
    }
    return true;
  }

  function remove<K extends HeldKind>(kind: K, before: Kinds[K]): void {
    const { namespace, name } = before;
    if (kind === "Lease") leases.make(namespace, name, () => held.remove(kind, namespace, name));
    else make({ kind, before, after: undefined });
  }

  return {
    put,
    gone(kind, ref) {
      const before = held.get(kind, ref.namespace, ref.name);
      // Whoever had the name before is gone already.
      if (before !== undefined && (ref.uid === "" || ref.uid === before.uid)) remove(kind, before);
    },
    reset(kind, objects) {
      const told = new Set<AnyHeld | undefined>();
      let differed = false;
      for (const object of objects) {
        if (put(kind, object)) differed = true;
        told.add(held.get(kind, object.namespace, object.name));
      }
      for (const object of held.all(kind)) {
        if (told.has(object)) continue;
        remove(kind, object);
        differed = true;
      }
      return differed;
    },
    tick: leases.look,
  };
}
