import { FrameTooLong, type Frames } from "#shared/adapters/kubernetes/reflector/lines.ts";

const HEAD = 4;
const SMALLEST = 1 << 12;
/** Room for what is longer is not kept for the next one. */
const KEPT = 1 << 18;

/**
 * Each frame stands behind its length: four bytes, the highest first. Frames are good until the next piece is written: only what a
 * piece cuts in two is copied, to memory that is used again.
 */
export function lengthFrames(limit: number): Frames {
  /** What there is of a frame whose end has not come, its head too. */
  let begun = new Uint8Array(0);
  let size = 0;
  /** Where the next is begun, while the last is still being read. */
  let other = new Uint8Array(0);

  function keep(piece: Uint8Array): void {
    const all = size + piece.length;
    if (all > begun.length) {
      // By doubling: a length that is said is not yet one that comes.
      const larger = new Uint8Array(Math.max(SMALLEST, 2 * all));
      larger.set(begun.subarray(0, size));
      begun = larger;
    }
    begun.set(piece, size);
    size = all;
  }

  /** How many bytes of the piece end what was begun; the frame, when it is whole. */
  function goOn(piece: Uint8Array, frames: Uint8Array[]): number {
    let at = 0;
    if (size < HEAD) {
      at = Math.min(HEAD - size, piece.length);
      keep(piece.subarray(0, at));
      if (size < HEAD) return at;
    }
    const end = HEAD + sizeAt(begun, 0, limit);
    const more = Math.min(end - size, piece.length - at);
    keep(piece.subarray(at, at + more));
    if (size < end) return piece.length;
    frames.push(begun.subarray(HEAD, end));
    [begun, other] = [other, begun.length > KEPT ? new Uint8Array(0) : begun];
    size = 0;
    return at + more;
  }

  return {
    write(chunk) {
      const frames: Uint8Array[] = [];
      let at = size === 0 ? 0 : goOn(chunk, frames);
      while (chunk.length - at >= HEAD) {
        const end = at + HEAD + sizeAt(chunk, at, limit);
        if (end > chunk.length) break;
        frames.push(chunk.subarray(at + HEAD, end));
        at = end;
      }
      if (at < chunk.length) keep(chunk.subarray(at));
      return frames;
    },
  };
}

function sizeAt(bytes: Uint8Array, at: number, limit: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  const size = a * 2 ** 24 + ((b << 16) | (c << 8) | d);
  if (size > limit) throw new FrameTooLong(limit);
  return size;
}
