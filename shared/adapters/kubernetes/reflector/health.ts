import type { ListReason } from "./change.ts";

/** What a reflector has lived through: for metrics, and for whoever asks whether it is well. */
export type Health = {
  /** A reset was told, and nothing since says that it is not so any more. */
  readonly inSight: boolean;
  readonly version: string;
  /** The clock's moment of the last byte from the server. */
  readonly lastByte: number | undefined;
  /** Lists that were asked for, by what made them necessary. */
  readonly lists: ReadonlyMap<ListReason, number>;
  /** Watches that were asked for, those that list at their begin included. */
  readonly watches: number;
  /** Watches that were opened anew because nothing was heard on them any more, which of a kind at rest may be no fault. */
  readonly quietEnds: number;
  readonly failures: number;
  readonly badLines: number;
  /** Events that changed nothing: of an unknown type, or told twice. */
  readonly ignored: number;
  /** Objects whose names no API server takes. */
  readonly refusedObjects: number;
  readonly olderLists: number;
  readonly consumerThrew: number;
  /** What went wrong last, for people. */
  readonly lastFailure: string;
};

export type Tally = {
  -readonly [K in keyof Omit<Health, "lists" | "inSight" | "version">]: Health[K];
} & { readonly lists: Map<ListReason, number> };

export const newTally = (): Tally => ({
  lastByte: undefined,
  lists: new Map(),
  watches: 0,
  quietEnds: 0,
  failures: 0,
  badLines: 0,
  ignored: 0,
  refusedObjects: 0,
  olderLists: 0,
  consumerThrew: 0,
  lastFailure: "",
});

export const count = (lists: Map<ListReason, number>, why: ListReason): void =>
  void lists.set(why, (lists.get(why) ?? 0) + 1);
