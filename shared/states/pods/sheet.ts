import type { Instant } from "#shared/cluster/metadata.ts";
import type { PodStatus } from "#shared/cluster/pod.ts";
import { columns } from "./columns.ts";
import { hashOfText, mixed, packUid, unpackUid, withWord, type Uid } from "./packed.ts";

/** Columns of a pod: 13 words of 4 bytes. Beside them: its moments, and its share of the index by UID. */
export const COLUMN = {
  uid: 0,
  class: 4,
  status: 5,
  node: 6,
  /** Suffix of the name below, flags above. */
  nameAndFlags: 7,
  createdAt: 8,
  moments: 9,
  nextOnNode: 10,
  previousOnNode: 11,
  nextOfHash: 12,
} as const;
export const WIDTH = 13;
/** What is said of the pod itself stands before the links. */
const SAID = COLUMN.nextOnNode;

const SUFFIX_BITS = 24;
const SUFFIX = (1 << SUFFIX_BITS) - 1;
const TEXT = 1;
const BOUND = 2;
const WIDTHS = [0, 1, 2, 4] as const;
export type MomentWidth = (typeof WIDTHS)[number];

/** What no column can say; a field that is there counts instead of its column. */
export type Odd = {
  readonly createdAt?: { readonly is: Instant | undefined };
  readonly deletionAt?: Instant;
  readonly status?: PodStatus;
};

/** By what a pod is found: its UID as a UUID, or as any text, or its name where it has none. */
export type Id = { readonly words: Uid; readonly text: string | undefined };
export type Ref = { readonly namespace: string; readonly name: string; readonly uid: string };

export function idOf({ namespace, name, uid }: Ref): Id {
  const words = packUid(uid);
  if (words !== undefined) return { words, text: undefined };
  const text = uid === "" ? `n${namespace}/${name}` : `u${uid}`;
  return { words: [hashOfText(text), 0, 0, 0], text };
}

/** A pod as numbers; `class`, `status` and `node` are entries of registries. */
export type Row = {
  readonly id: Id;
  readonly class: number;
  /** 0: the status is odd. */
  readonly status: number;
  readonly node: number;
  readonly bound: boolean;
  readonly suffix: number;
  /** Where the name was not made up by the API server. */
  readonly name: string | undefined;
  readonly createdAt: number;
  readonly moments: number;
  readonly width: MomentWidth;
  readonly odd: Odd | undefined;
};

/** Rows of pods, and beside them the few things that are no number. */
export type Sheet = {
  readonly get: (row: number, column: number) => number;
  readonly set: (row: number, column: number, value: number) => void;
  /** The piece that the row lies in is given back. */
  readonly free: (row: number) => void;
  oddOf(row: number): Odd | undefined;
  nameOf(row: number): string | undefined;
  suffixOf(row: number): number;
  isBound(row: number): boolean;
  widthOf(row: number): MomentWidth;
  idOf(row: number): Id;
  hashOf(row: number): number;
  has(row: number, id: Id): boolean;
  uidOf(row: number): string;
  write(row: number, says: Row): void;
  /** All that is said of a pod, to another sheet; links stay. */
  copy(row: number, to: Sheet, toRow: number): void;
  putBeside(row: number, beside: Beside): void;
  /** Nothing is said in this row any more. */
  clear(row: number): void;
  bytes(): number;
};

type Beside = {
  readonly text: string | undefined;
  readonly name: string | undefined;
  readonly odd: Odd | undefined;
};

export function sheet(): Sheet {
  const cells = columns(WIDTH);
  const { get, set, free } = cells;
  const odd = new Map<number, Odd>();
  const texts = new Map<number, string>();
  const names = new Map<number, string>();
  const flags = (row: number): number => get(row, COLUMN.nameAndFlags) >>> SUFFIX_BITS;
  const put = <T>(map: Map<number, T>, row: number, value: T | undefined): void => {
    if (value !== undefined) map.set(row, value);
  };
  const putBeside = (row: number, { text, name, odd: its }: Beside): void => {
    put(texts, row, text);
    put(names, row, name);
    put(odd, row, its);
  };

  return {
    get,
    set,
    free,
    oddOf: (row) => odd.get(row),
    nameOf: (row) => names.get(row),
    suffixOf: (row) => get(row, COLUMN.nameAndFlags) & SUFFIX,
    isBound: (row) => (flags(row) & BOUND) > 0,
    widthOf: (row) => WIDTHS[(flags(row) >>> 2) & 3] ?? 0,
    idOf: (row) => ({
      words: [get(row, 0), get(row, 1), get(row, 2), get(row, 3)],
      text: texts.get(row),
    }),
    hashOf: (row) =>
      mixed(withWord(withWord(withWord(get(row, 0), get(row, 1)), get(row, 2)), get(row, 3))),
    has: (row, { words, text }) =>
      get(row, 0) === words[0] &&
      get(row, 1) === words[1] &&
      get(row, 2) === words[2] &&
      get(row, 3) === words[3] &&
      ((flags(row) & TEXT) > 0 ? texts.get(row) === text : text === undefined),
    uidOf(row) {
      if ((flags(row) & TEXT) === 0)
        return unpackUid([get(row, 0), get(row, 1), get(row, 2), get(row, 3)]);
      const text = texts.get(row) ?? "";
      return text.startsWith("u") ? text.slice(1) : "";
    },
    write(row, says) {
      const { id, suffix, bound, width } = says;
      for (let at = 0; at < 4; at += 1) set(row, COLUMN.uid + at, id.words[at] ?? 0);
      set(row, COLUMN.class, says.class);
      set(row, COLUMN.status, says.status);
      set(row, COLUMN.node, says.node);
      const flags =
        (id.text === undefined ? 0 : TEXT) | (bound ? BOUND : 0) | (WIDTHS.indexOf(width) << 2);
      set(row, COLUMN.nameAndFlags, ((flags << SUFFIX_BITS) | suffix) >>> 0);
      set(row, COLUMN.createdAt, says.createdAt);
      set(row, COLUMN.moments, says.moments);
      putBeside(row, { text: id.text, name: says.name, odd: says.odd });
    },
    copy(row, to, toRow) {
      for (let column = 0; column < SAID; column += 1) to.set(toRow, column, get(row, column));
      to.putBeside(toRow, { text: texts.get(row), name: names.get(row), odd: odd.get(row) });
    },
    putBeside,
    clear(row) {
      for (let column = 0; column < SAID; column += 1) set(row, column, 0);
      if (odd.size > 0) odd.delete(row);
      if (texts.size > 0) texts.delete(row);
      if (names.size > 0) names.delete(row);
    },
    /** A text or a map's entry is counted as what it takes in V8, about. */
    bytes: () => cells.bytes() + (odd.size + texts.size + names.size) * 100,
  };
}
