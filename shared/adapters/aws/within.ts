/** It took longer than we wait. */
export class TookTooLong extends Error {
  constructor(limit: number) {
    super(`no answer within ${limit} ms`);
    this.name = "TookTooLong";
  }
}

/**
 * `work`, which is told to end and left behind when the signal aborts or the limit has passed: neither a body that stops in
 * the middle nor a credential provider that never comes back is covered by the SDK's own limits.
 */
export async function within<T>(
  limit: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const cut = new AbortController();
  const stop = (): void => cut.abort(signal.reason);
  const timer = setTimeout(() => cut.abort(new TookTooLong(limit)), limit);
  signal.addEventListener("abort", stop, { once: true });
  const ended = new Promise<never>((_resolve, reject) => {
    cut.signal.addEventListener("abort", () => reject(reasonOf(cut.signal)), { once: true });
  });
  try {
    return await Promise.race([work(cut.signal), ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

const reasonOf = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error("aborted", { cause: reason });
