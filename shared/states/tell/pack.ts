import type { RowKey, RowKind } from "#shared/states/row.ts";

/** What many rows share, as JSON text. Equal texts are one class. */
export type ClassText = string;

/** A row ready to travel: all of its JSON but for the numbers of its classes, which depend on the event it goes with. */
export type WrittenRow = {
  readonly key: RowKey;
  readonly hash: string;
  readonly classes: readonly ClassText[];
  /** Its JSON text, when its class `i` is number `numbers[i]` of the event. */
  readonly json: (numbers: readonly number[]) => string;
};

/** Rows of one event, and the text between its header and its end. */
export type Load = {
  readonly kind: RowKind;
  readonly rows: readonly WrittenRow[];
  /** `"classes":[…],"nodes":[…]` */
  readonly body: string;
};

/** UTF-8 bytes of what is between header and end. */
export type Limits = {
  /** What one event is filled up to. */
  readonly many: number;
  /** What a row alone may have. */
  readonly one: number;
};

/**
 * EventBridge bills every 64 KiB begun, over detail, detail-type, source and 14 bytes of time; an entry has at most 256 KiB.
 * Header, names and source have 2 KiB.
 */
export const LIMITS: Limits = { many: 62 * 1024, one: 238 * 1024 };

/** Names of the lists in the events. */
const LISTS = {
  Node: "nodes",
  DaemonSet: "daemonSets",
  Object: "objects",
} as const satisfies Record<RowKind, string>;

const encoder = new TextEncoder();
export const bytesOf = (text: string): number => encoder.encode(text).length;

/** Rows of one kind on their way into events. */
export type Packer = {
  /** `full`: the event that had to make way for it. `tooLarge`: no event can hold the row, and it is in none. */
  add(row: WrittenRow): Added;
  /** What is begun; nothing is after it. */
  end(): Load | undefined;
};

export type Added = { readonly full?: Load | undefined; readonly tooLarge?: true };

type Begun = {
  readonly rows: WrittenRow[];
  readonly texts: string[];
  readonly classes: Map<ClassText, number>;
  bytes: number;
};
const newLoad = (): Begun => ({ rows: [], texts: [], classes: new Map(), bytes: 64 });

export function packer(kind: RowKind, limits: Limits = LIMITS): Packer {
  let begun = newLoad();

  const end = (): Load | undefined => {
    const { rows, texts, classes } = begun;
    begun = newLoad();
    if (rows.length === 0) return undefined;
    const shared = kind === "Object" ? "" : `"classes":[${[...classes.keys()].join(",")}],`;
    return { kind, rows, body: `${shared}"${LISTS[kind]}":[${texts.join(",")}]` };
  };

  /** Into the event that is begun, if it stays within `limit`. */
  const put = (row: WrittenRow, limit: number): boolean => {
    const { classes } = begun;
    const fresh = [...new Set(row.classes)].filter((text) => !classes.has(text));
    const numbers = new Map(fresh.map((text, at) => [text, classes.size + at]));
    const text = row.json(row.classes.map((one) => classes.get(one) ?? numbers.get(one) ?? 0));
    const bytes = [text, ...fresh].reduce((sum, one) => sum + bytesOf(one) + 1, begun.bytes);
    if (bytes > limit) return false;
    for (const [one, number] of numbers) classes.set(one, number);
    begun.rows.push(row);
    begun.texts.push(text);
    begun.bytes = bytes;
    return true;
  };

  return {
    add(row) {
      if (put(row, limits.many)) return {};
      const full = end();
      return put(row, limits.one) ? { full } : { full, tooLarge: true };
    },
    end,
  };
}
