/** Two halves of 32 bits. */
type Wide = { high: number; low: number };

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** MurmurHash3, fmix32: every bit of the input turns about half of the output. */
function mixed(word: number): number {
  let mix = word;
  mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return mix ^ (mix >>> 16);
}

/**
 * Each step can be undone when its character is known, so two texts that differ in one character never meet again before the
 * end, and each half feeds the other, so what differs spreads over all 64 bits.
 */
function wideHash(text: string): Wide {
  let high = 0x9e3779b9;
  let low = 0x7f4a7c15;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    high = (rotated(Math.imul(high ^ unit, 0x85ebca6b), 13) + low) | 0;
    low = (rotated(Math.imul(low ^ unit, 0xc2b2ae35), 17) + high) | 0;
  }
  high = mixed(high ^ text.length);
  low = mixed(low ^ high);
  return { high: mixed(high + low), low };
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");

/**
 * 16 hex digits over a text. It tells one state of a row from another and guards against chance, not against people: who can
 * put events on the bus needs no collision. That two of a million states of one row are taken for the same has a
 * probability below 2^-24, and the next change heals it.
 */
export function hash64(text: string): string {
  const { high, low } = wideHash(text);
  return hex(high) + hex(low);
}

/** A sum over what is held, whatever the order in which it came; what is taken out leaves no trace. */
export type Digest = {
  add(key: string, hash: string): void;
  remove(key: string, hash: string): void;
  /** 16 hex digits; zeros for nothing. */
  text(): string;
};

/**
 * Sum modulo 2^64 of a hash of each row. A sum, because with exclusive or two equal terms would vanish. One row that is
 * lost, or is another than was said, changes it for certain unless its term is 0, or equal to the other's: 2^-64. The rows
 * are counted besides.
 */
export function digest(): Digest {
  let high = 0;
  let low = 0;
  const sum = (of: Wide): void => {
    low += of.low >>> 0;
    const carry = low > 0xffffffff ? 1 : 0;
    low >>>= 0;
    high = (high + (of.high >>> 0) + carry) >>> 0;
  };
  const termOf = (key: string, hash: string): Wide => wideHash(`${key}=${hash}`);
  return {
    add: (key, hash) => sum(termOf(key, hash)),
    remove(key, hash) {
      const term = termOf(key, hash);
      // The two's complement of the term: all bits turned, and one more.
      sum({ high: ~term.high, low: ~term.low });
      sum({ high: 0, low: 1 });
    },
    text: () => hex(high) + hex(low),
  };
}

export function digestOf(rows: Iterable<readonly [key: string, hash: string]>): string {
  const sum = digest();
  for (const [key, hash] of rows) sum.add(key, hash);
  return sum.text();
}
