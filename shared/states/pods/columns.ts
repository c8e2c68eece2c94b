/** Rows of whole numbers below 2^32 that grow by pieces: nothing is copied, and little is kept for rows that may come. */
export type Columns = {
  readonly get: (row: number, column: number) => number;
  readonly set: (row: number, column: number, value: number) => void;
  /** The piece that the row lies in is given back; its rows read as 0. */
  readonly free: (row: number) => void;
  bytes(): number;
};

const SHIFT = 12;
/** Rows of one piece. */
export const ROWS = 1 << SHIFT;

export function columns(width: number): Columns {
  const pieces: (Uint32Array | undefined)[] = [];
  let held = 0;
  const piece = (at: number): Uint32Array => {
    let found = pieces[at];
    if (!found) {
      pieces[at] = found = new Uint32Array(ROWS * width);
      held += 1;
    }
    return found;
  };
  return {
    get: (row, column) => pieces[row >>> SHIFT]?.[(row & (ROWS - 1)) * width + column] ?? 0,
    set(row, column, value) {
      piece(row >>> SHIFT)[(row & (ROWS - 1)) * width + column] = value;
    },
    free(row) {
      if (pieces[row >>> SHIFT] === undefined) return;
      pieces[row >>> SHIFT] = undefined;
      held -= 1;
    },
    bytes: () => held * ROWS * width * 4,
  };
}

/** Lists of whole numbers, each with as many bytes a number as its largest needs: 1, 2 or 4. */
export type Vectors = {
  /** `width` and the place are asked for again when it is read; an empty list has none. */
  put(values: readonly number[], width: number): number;
  get(place: number, length: number, width: number): number[];
  free(place: number, length: number, width: number): void;
  bytes(): number;
};

/** Bytes that each of the numbers fits into; undefined: one of them is too large. */
export function widthOf(values: readonly number[]): 0 | 1 | 2 | 4 | undefined {
  let most = 0;
  // By index, here and below: an iterator makes an object of each step, and there are millions.
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? 0;
    const size = value < 0 ? -value - 1 : value;
    if (!(size <= 0x7f_ff_ff_ff)) return undefined;
    if (size > most) most = size;
  }
  if (values.length === 0) return 0;
  return most < 0x80 ? 1 : most < 0x80_00 ? 2 : 4;
}

const VECTORS = 512;

/** Places of one size. */
type Pool = { readonly pieces: Uint8Array[]; readonly free: number[]; top: number };

export function vectors(): Vectors {
  const pools = new Map<number, Pool>();
  const poolOf = (size: number): Pool => {
    let pool = pools.get(size);
    if (!pool) pools.set(size, (pool = { pieces: [], free: [], top: 0 }));
    return pool;
  };
  return {
    put(values, width) {
      const size = values.length * width;
      if (size === 0) return 0;
      const pool = poolOf(size);
      const place = pool.free.pop() ?? pool.top++;
      const piece = (pool.pieces[Math.floor(place / VECTORS)] ??= new Uint8Array(VECTORS * size));
      let at = (place % VECTORS) * size;
      for (let each = 0; each < values.length; each += 1) {
        const value = values[each] ?? 0;
        for (let byte = 0; byte < width; byte += 1) piece[at++] = value >> (byte * 8);
      }
      return place;
    },
    get(place, length, width) {
      const piece = pools.get(length * width)?.pieces[Math.floor(place / VECTORS)];
      if (piece === undefined) return [];
      let at = (place % VECTORS) * length * width;
      const unused = 32 - width * 8;
      const values: number[] = [];
      for (let count = 0; count < length; count += 1) {
        let value = 0;
        for (let byte = 0; byte < width; byte += 1) value |= (piece[at++] ?? 0) << (byte * 8);
        values.push((value << unused) >> unused);
      }
      return values;
    },
    free(place, length, width) {
      if (length * width > 0) poolOf(length * width).free.push(place);
    },
    bytes() {
      let sum = 0;
      for (const [size, { pieces, free }] of pools)
        sum += pieces.length * VECTORS * size + free.length * 4;
      return sum;
    },
  };
}
