import { FrameTooLong, type Frames } from "#shared/adapters/kubernetes/reflector/lines.ts";

const HEAD = 4;

/** Each frame stands behind its length: four bytes, the highest first. */
export function lengthFrames(limit: number): Frames {
  let begun: Uint8Array[] = [];
  let size = 0;
  /** A frame cannot be whole before so many bytes are there. */
  let needed = HEAD;
  const keep = (piece: Uint8Array): void => {
    // A copy: the rest of a chunk may wait long, and would keep all of it.
    begun.push(new Uint8Array(piece));
    size += piece.length;
  };
  return {
    write(chunk) {
      const frames: Uint8Array[] = [];
      if (size + chunk.length < needed) {
        if (chunk.length > 0) keep(chunk);
        return frames;
      }
      const bytes = size === 0 ? chunk : Buffer.concat([...begun, chunk], size + chunk.length);
      const rest = cut(bytes, limit, frames);
      needed = rest.length < HEAD ? HEAD : HEAD + sizeAt(rest, 0);
      begun = [];
      size = 0;
      if (rest.length > 0) keep(rest);
      return frames;
    },
  };
}

function sizeAt(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + HEAD);
  return a * 2 ** 24 + ((b << 16) | (c << 8) | d);
}

/** Takes the whole frames out; what is left is none yet. */
function cut(bytes: Uint8Array, limit: number, frames: Uint8Array[]): Uint8Array {
  let at = 0;
  while (bytes.length - at >= HEAD) {
    const size = sizeAt(bytes, at);
    if (size > limit) throw new FrameTooLong(limit);
    const end = at + HEAD + size;
    if (end > bytes.length) break;
    frames.push(bytes.subarray(at + HEAD, end));
    at = end;
  }
  return bytes.subarray(at);
}
