/** Bytes that have come and are not used up, as one piece. `from` and `end` bound them inside `bytes`. */
export type ByteWindow = {
  bytes: Uint8Array;
  from: number;
  end: number;
  /** How many bytes of the input lie before `bytes[0]`. */
  before: number;
};

export const emptyWindow = (): ByteWindow => ({
  bytes: new Uint8Array(0),
  from: 0,
  end: 0,
  before: 0,
});

/**
 * Adds a piece behind what is left. Where nothing is left the piece itself becomes the window, uncopied: it must stay as it
 * is until the next one. Room grows by doubling, so that many small pieces cost no more than one large.
 */
export function append(window: ByteWindow, chunk: Uint8Array, room: { bytes: Uint8Array }): void {
  const left = window.end - window.from;
  window.before += window.from;
  if (left === 0) {
    Object.assign(window, { bytes: chunk, from: 0, end: chunk.length });
    return;
  }
  const rest = window.bytes.subarray(window.from, window.end);
  if (left + chunk.length > room.bytes.length) {
    const larger = new Uint8Array(2 * (left + chunk.length));
    larger.set(rest);
    room.bytes = larger;
  } else {
    // Also right where both are the same memory: set copies as if through a temporary.
    room.bytes.set(rest);
  }
  room.bytes.set(chunk, left);
  Object.assign(window, { bytes: room.bytes, from: 0, end: left + chunk.length });
}
