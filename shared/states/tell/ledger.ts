import { digest } from "#shared/states/digest.ts";
import { ROW_KINDS, type RowKey, type RowKind } from "#shared/states/row.ts";

export type Counts = Readonly<Record<RowKind, number>>;

/** What the bus took of each row in this epoch. */
export type Ledger = {
  /** undefined: never, or it is gone and that was taken. */
  accepted(key: RowKey): string | undefined;
  isFlying(key: RowKey): boolean;
  /** On its way with this hash; "": that it is gone. */
  fly(key: RowKey, hash: string): void;
  land(key: RowKey, accepted: boolean): void;
  /** Its last try failed, so whether it arrived nobody knows. How often in a row. */
  failures(key: RowKey): number;
  anyUnsure(): boolean;
  counts(): Counts;
  digest(): string;
  /** With the hash that was accepted; "" where its last try failed. */
  rows(): readonly (readonly [key: RowKey, hash: string])[];
  keys(): Iterable<RowKey>;
};

export const kindOfRow = (key: RowKey): RowKind =>
  ROW_KINDS.find((kind) => key.startsWith(`${kind}/`)) ?? "Object";
export const uidOfRow = (key: RowKey): string => key.slice(key.indexOf("/") + 1);

/** What was accepted, with its sums. */
function taken() {
  const known = new Map<RowKey, string>();
  const counts: Record<RowKind, number> = { Node: 0, DaemonSet: 0, Object: 0 };
  const sum = digest();
  /** "": it is gone. */
  const accept = (key: RowKey, hash: string): void => {
    const before = known.get(key);
    const kind = kindOfRow(key);
    if (before !== undefined) {
      sum.remove(key, before);
      counts[kind] -= 1;
    }
    if (hash === "") return void known.delete(key);
    known.set(key, hash);
    sum.add(key, hash);
    counts[kind] += 1;
  };
  return { known, accept, counts: (): Counts => ({ ...counts }), digest: () => sum.text() };
}

export function ledger(): Ledger {
  const { known, accept, counts, digest: sum } = taken();
  const flying = new Map<RowKey, string>();
  /** How often in a row each failed. */
  const unsure = new Map<RowKey, number>();
  return {
    accepted: (key) => known.get(key),
    isFlying: (key) => flying.has(key),
    fly: (key, hash) => void flying.set(key, hash),
    land(key, accepted) {
      const hash = flying.get(key);
      flying.delete(key);
      if (hash === undefined) return;
      if (!accepted) return void unsure.set(key, (unsure.get(key) ?? 0) + 1);
      unsure.delete(key);
      accept(key, hash);
    },
    failures: (key) => unsure.get(key) ?? 0,
    anyUnsure: () => unsure.size > 0,
    counts,
    digest: sum,
    rows: () => [
      ...[...known].map(([key, hash]) => [key, unsure.has(key) ? "" : hash] as const),
      ...[...unsure.keys()].flatMap((key) => (known.has(key) ? [] : [[key, ""] as const])),
    ],
    keys: () => new Set([...known.keys(), ...flying.keys(), ...unsure.keys()]),
  };
}
