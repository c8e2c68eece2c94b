import type { PodClass, PodRow } from "#shared/events/pod-rows.ts";
import { hash64 } from "#shared/states/digest.ts";
import type { ClassText, WrittenRow } from "#shared/states/tell/pack.ts";
import type { RowKey } from "#shared/states/row.ts";

/** JSON text in pieces; a number stands for the class of that place in the row's own list. */
export type Pieces = readonly (string | number)[];

/** The classes of one row, each once. */
export type ClassList = { readonly texts: ClassText[]; of(text: ClassText): number };

export function classList(): ClassList {
  const texts: ClassText[] = [];
  const numbers = new Map<ClassText, number>();
  return {
    texts,
    of(text) {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, texts.length);
      return texts.push(text) - 1;
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

export const classText = (of: PodClass): ClassText => JSON.stringify(of);

/** What the hash is over: all that the row says, with what its classes say in the place of their numbers. */
const hashOf = (pieces: Pieces, texts: readonly ClassText[]): string => {
  const hashes = texts.map(hash64);
  return hash64(
    pieces.map((one) => (typeof one === "number" ? (hashes[one] ?? "") : one)).join(""),
  );
};

export type RowParts = {
  readonly key: RowKey;
  /** What comes before the hash, as an object. */
  readonly id: object;
  readonly pieces: Pieces;
  readonly classes: ClassList;
};

export function writtenRow({ key, id, pieces, classes }: RowParts): WrittenRow {
  const hash = hashOf([JSON.stringify(id), ...pieces], classes.texts);
  const start = `${JSON.stringify({ ...id, hash }).slice(0, -1)}${pieces.length === 0 ? "" : ","}`;
  return {
    key,
    hash,
    classes: classes.texts,
    json: (numbers) =>
      `${start}${pieces.map((one) => (typeof one === "number" ? (numbers[one] ?? 0) : one)).join("")}}`,
  };
}
