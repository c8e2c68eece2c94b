/** Bytes that say all that is read of a message, and are the same for messages that say the same. */
export type Key = { bytes: Uint8Array; words: Int32Array; length: number };

export function newKey(): Key {
  const buffer = new ArrayBuffer(1 << 13);
  return { bytes: new Uint8Array(buffer), words: new Int32Array(buffer), length: 0 };
}

/** Begins anew, with room for so many bytes and for what fills up the last words. */
export function beginKey(key: Key, size: number): void {
  key.length = 0;
  if (size + 8 <= key.bytes.length) return;
  const buffer = new ArrayBuffer((2 * size + 15) & ~7);
  key.bytes = new Uint8Array(buffer);
  key.words = new Int32Array(buffer);
}

export type Memo<T> = {
  /** What was made of a message with this key before. */
  readonly find: (key: Key) => T | undefined;
  /** To be called with the key that was asked for last. */
  readonly add: (key: Key, value: T) => void;
  readonly clear: () => void;
};

type Entry<T> = {
  readonly words: Int32Array;
  readonly length: number;
  readonly value: T;
  readonly next: Entry<T> | undefined;
};

/** Long ones are not worth it, nor are those whose hashes somebody made the same. */
const LONGEST = 1 << 15;
const MOST_ALIKE = 8;

/** Two words at a time, in two sums that do not wait for each other. */
const wordsOf = (length: number): number => ((length + 7) >> 3) << 1;

function hashOf({ bytes, words, length }: Key): number {
  for (let at = length; at < length + 8; at += 1) bytes[at] = 0;
  const end = wordsOf(length);
  let one = length ^ 0x811c9dc5;
  let two = 0x165667b1;
  for (let at = 0; at < end; at += 2) {
    one = Math.imul(one ^ (words[at] ?? 0), 0x9e3779b1) ^ (one >>> 16);
    two = Math.imul(two ^ (words[at + 1] ?? 0), 0x85ebca6b) ^ (two >>> 16);
  }
  return one ^ Math.imul(two, 0xc2b2ae35);
}

function isSame({ words: ours }: Key, words: Int32Array): boolean {
  for (let at = 0; at < words.length; at += 1) if (words[at] !== ours[at]) return false;
  return true;
}

/**
 * Compared word by word: the hash only says where to look. When there are `most` different ones, they have too little in common:
 * all is forgotten and begun anew.
 */
export function memo<T>(most: number): Memo<T> {
  const known = new Map<number, Entry<T>>();
  let count = 0;
  let hash = 0;
  return {
    find(key) {
      hash = hashOf(key);
      for (let entry = known.get(hash); entry; entry = entry.next)
        if (entry.length === key.length && isSame(key, entry.words)) return entry.value;
      return undefined;
    },
    add(key, value) {
      if (key.length > LONGEST) return;
      if (count >= most) known.clear();
      count = count >= most ? 1 : count + 1;
      const before = known.get(hash);
      let alike = 0;
      for (let entry = before; entry; entry = entry.next) alike += 1;
      const words = key.words.slice(0, wordsOf(key.length));
      const next = alike < MOST_ALIKE ? before : undefined;
      known.set(hash, { words, length: key.length, value, next });
    },
    clear() {
      known.clear();
      count = 0;
    },
  };
}
