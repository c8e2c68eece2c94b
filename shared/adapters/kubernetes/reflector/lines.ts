const LINE_END = 0x0a;

/** Cuts a stream of bytes into frames. */
export type Frames = {
  /** The frames that end in this chunk; they may share its memory. Throws FrameTooLong. */
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
  let begun: Uint8Array[] = [];
  let size = 0;
  const keep = (piece: Uint8Array): void => {
    size += piece.length;
    if (size > limit) throw new FrameTooLong(limit);
    begun.push(piece);
  };
  return {
    write(chunk) {
      const lines: Uint8Array[] = [];
      let from = 0;
      for (let at = chunk.indexOf(LINE_END); at >= 0; at = chunk.indexOf(LINE_END, from)) {
        keep(chunk.subarray(from, at));
        const [only] = begun;
        const line = begun.length === 1 && only ? only : Buffer.concat(begun);
        if (line.length > 0) lines.push(line);
        begun = [];
        size = 0;
        from = at + 1;
      }
      // A copy: the rest of a chunk may wait long, and would keep all of it.
      if (from < chunk.length) keep(new Uint8Array(chunk.subarray(from)));
      return lines;
    },
  };
}
