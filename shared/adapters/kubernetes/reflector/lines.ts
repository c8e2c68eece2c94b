const LINE_END = 0x0a;

/** Cuts a stream of bytes into frames. */
export type Frames = {
  /** The frames that end in this chunk, good until the next is written: they may share memory. Throws FrameTooLong. */
  write(chunk: Uint8Array): readonly Uint8Array[];
};

export class FrameTooLong extends Error {
  constructor(limit: number) {
    super(`a line is longer than ${limit} bytes`);
    this.name = "FrameTooLong";
  }
}

/** Lines end at the byte 0x0A and nowhere else: U+2028 and carriage returns may stand inside a string. Empty ones are none. */
export function lineFrames(limit: number): Frames {
  // What there is of a line whose end has not come. It grows by doubling: a line may come in pieces of one byte.
  let begun = new Uint8Array(0);
  let size = 0;
  const checked = (more: number): void => {
    if (size + more > limit) throw new FrameTooLong(limit);
  };
  const keep = (piece: Uint8Array): void => {
    checked(piece.length);
    if (size + piece.length > begun.length) {
      const larger = new Uint8Array(Math.min(limit, 2 * (size + piece.length)));
      larger.set(begun.subarray(0, size));
      begun = larger;
    }
    begun.set(piece, size);
    size += piece.length;
  };
  const ended = (end: Uint8Array): Uint8Array => {
    checked(end.length);
    if (size === 0) return end;
    keep(end);
    const line = begun.subarray(0, size);
    begun = new Uint8Array(0);
    size = 0;
    return line;
  };
  return {
    write(chunk) {
      const lines: Uint8Array[] = [];
      let from = 0;
      for (let at = chunk.indexOf(LINE_END); at >= 0; at = chunk.indexOf(LINE_END, from)) {
        const line = ended(chunk.subarray(from, at));
        if (line.length > 0) lines.push(line);
        from = at + 1;
      }
      if (from < chunk.length) keep(chunk.subarray(from));
      return lines;
    },
  };
}
