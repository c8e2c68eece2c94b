import { printable } from "#shared/cluster/printable.ts";
import { redactText } from "#shared/cluster/redact-text.ts";
import type { Answer } from "#shared/adapters/kubernetes/api-client.ts";
import { Silent, untilAborted, watchdog, type Clock, type Watchdog } from "./clock.ts";
import type { Source } from "./source.ts";

export type Connecting = {
  readonly source: Source;
  readonly clock: Clock;
  /** No byte for so many milliseconds: the connection is dead. */
  readonly idle: number;
  readonly accept: string;
  readonly endless: boolean;
  readonly stop: AbortSignal;
  readonly onByte: () => void;
};

/**
 * Asks and hands the answer to `use`. Silence beyond the limit and a stop end it, wherever it waits: for credentials, for the
 * answer, for the next byte. While `use` works on a piece, nothing is read and silence does not count. When it is over the
 * connection is free for others, or closed.
 */
export async function withAnswer<T>(
  path: string,
  connecting: Connecting,
  use: (answer: Answer) => Promise<T>,
): Promise<T> {
  const { source, clock, idle, accept, endless, stop } = connecting;
  const cut = new AbortController();
  const stopped = (): void => cut.abort(stop.reason);
  stop.throwIfAborted();
  stop.addEventListener("abort", stopped, { once: true });
  const reading = { whole: false, answered: false };
  const dog = watchdog(clock, idle, () => cut.abort(new Silent(idle, reading.answered)));
  try {
    const { signal } = cut;
    const answer = await untilAborted(source.get(path, { accept, endless, signal }), signal);
    connecting.onByte();
    reading.answered = answer.status === 200;
    return await use({ ...answer, body: guarded(answer, { connecting, dog, signal, reading }) });
  } finally {
    dog.end();
    stop.removeEventListener("abort", stopped);
    if (!reading.whole) cut.abort(new Error("no longer needed"));
  }
}

type Guard = {
  readonly connecting: Connecting;
  readonly dog: Watchdog;
  readonly signal: AbortSignal;
  readonly reading: { whole: boolean; answered: boolean };
};

type Pieces = AsyncIterableIterator<Uint8Array, undefined>;

/** One listener for the whole answer: a promise that is raced for each of its pieces would be most of what reading them takes. */
function guarded({ body }: Answer, { connecting, dog, signal, reading }: Guard): Pieces {
  const pieces = body[Symbol.asyncIterator]();
  let leave = (_why: Error): void => undefined;
  const reason = (): Error =>
    signal.reason instanceof Error ? signal.reason : new Error("aborted");
  signal.addEventListener("abort", () => leave(reason()), { once: true });
  const next: Pieces["next"] = () =>
    new Promise((resolve, reject) => {
      const taken = (piece: IteratorResult<Uint8Array, unknown>): void => {
        if (signal.aborted) return;
        dog.pause();
        if (piece.done) {
          reading.whole = true;
          resolve({ done: true, value: undefined });
          return;
        }
        connecting.onByte();
        resolve({ done: false, value: piece.value });
      };
      leave = reject;
      if (signal.aborted) {
        reject(reason());
        return;
      }
      dog.listen();
      pieces.next().then(taken, reject);
    });
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next,
    return: () => Promise.resolve({ done: true, value: undefined }),
  };
}

const MESSAGE = 64 * 1024;

/** What the server says in its Status object, or its first words. */
export async function wordsOf({ status, body }: Answer): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > MESSAGE) break;
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces).toString("utf8");
  const [, quoted] = /"message"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text) ?? [];
  return `${status} ${printable(redactText(unquoted(quoted) ?? text.trim()), 300)}`;
}

function unquoted(text: string | undefined): string | undefined {
  try {
    const said: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof said === "string" ? said : undefined;
  } catch {
    return undefined;
  }
}
