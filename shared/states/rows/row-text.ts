import type { PodClass, PodRow } from "#shared/events/pod-rows.ts";
import { hash64 } from "#shared/states/digest.ts";
import type { ClassText, WrittenRow } from "#shared/states/tell/pack.ts";
import type { RowKey } from "#shared/states/row.ts";

/** JSON text in pieces; a number stands for the class of that place in the row's own list. */
export type Pieces = readonly (string | number)[];

/** A class as text. Its hash stands for it in those of rows, so that no long text is summed up for each of them. */
export type ToldClass = { readonly text: ClassText; readonly hash: string };

export function toldClass(of: PodClass): ToldClass {
  const text = JSON.stringify(of);
  return { text, hash: hash64(text) };
}

/** The classes of one row, each text once. */
export type ClassList = { readonly all: readonly ToldClass[]; of(one: ToldClass): number };

export function classList(): ClassList {
  const all: ToldClass[] = [];
  const numbers = new Map<ClassText, number>();
  return {
    all,
    of(one) {
      const known = numbers.get(one.text);
      if (known !== undefined) return known;
      numbers.set(one.text, all.length);
      return all.push(one) - 1;
    },
  };
}

/** `[a,b,c]` of pieces. */
export const listOf = (items: readonly Pieces[]): Pieces => [
  "[",
  ...items.flatMap((item, at) => (at === 0 ? item : [",", ...item])),
  "]",
];

export const podPieces = (number: number, own: Omit<PodRow, "class">): Pieces => [
  '{"class":',
  number,
  `,${JSON.stringify(own).slice(1)}`,
];

export const groupPieces = (number: number, count: number): Pieces => ["[", number, `,${count}]`];

/** `"name":value`, or nothing. */
export const field = (name: string, value: unknown): Pieces =>
  value === undefined ? [] : [`${JSON.stringify(name)}:${JSON.stringify(value)}`];

export const fields = (parts: readonly Pieces[]): Pieces =>
  parts.filter(({ length }) => length > 0).flatMap((one, at) => (at === 0 ? one : [",", ...one]));

/** What the hash is over: all that the row says, with what its classes say in the place of their numbers. */
const hashOf = (pieces: Pieces, classes: readonly ToldClass[]): string =>
  hash64(
    pieces.map((one) => (typeof one === "number" ? (classes[one]?.hash ?? "") : one)).join(""),
  );

export type RowParts = {
  readonly key: RowKey;
  /** What comes before the hash, as an object. */
  readonly id: object;
  readonly pieces: Pieces;
  readonly classes: ClassList;
};

export function writtenRow({ key, id, pieces, classes }: RowParts): WrittenRow {
  const hash = hashOf([JSON.stringify(id), ...pieces], classes.all);
  const start = `${JSON.stringify({ ...id, hash }).slice(0, -1)}${pieces.length === 0 ? "" : ","}`;
  return {
    key,
    hash,
    classes: classes.all.map(({ text }) => text),
    json: (numbers) =>
      `${start}${pieces.map((one) => (typeof one === "number" ? (numbers[one] ?? 0) : one)).join("")}}`,
  };
}
