import { AuditorError } from "#shared/auditor-error.ts";
import { unreachable, type Answer, type ApiClient } from "./api-client.ts";

/** What waiting needs from outside; tests bring their own. */
export type Pace = {
  readonly wait: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
};

/** Tries of one request. After them the kind counts as failed. */
export const TRIES = 5;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** A server that asks for more patience than this is as good as away. */
const LONGEST_RETRY_AFTER = 60;

/** Doubling, with full jitter: many auditors that were cut off together do not come back together. */
export const backOff = (attempt: number, random: () => number): number =>
  Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt) * random();

function retryAfter(answer: Answer): number | undefined {
  const text = answer.headers["retry-after"] ?? "";
  return /^\d{1,5}$/.test(text) ? Math.min(Number(text), LONGEST_RETRY_AFTER) * 1000 : undefined;
}

const isPassing = (status: number): boolean => status === 429 || status >= 500;

/** An answer that nobody reads would hold its connection. */
export async function drain({ body }: Answer): Promise<void> {
  for await (const chunk of body) if (chunk.length === 0) continue;
}

export type Retrying = {
  readonly client: ApiClient;
  readonly pace: Pace;
  readonly signal: AbortSignal | undefined;
};

/**
 * GETs `path` and hands the answer to `take` until that returns; 429 waits as the server asks, 5xx, cut connections and what
 * `take` throws are tried again a few times. Throws AuditorError "cluster.unreachable" at the end.
 */
export async function getWithRetries<T>(
  { client, pace, signal }: Retrying,
  path: string,
  take: (answer: Answer) => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    let wait = backOff(attempt, pace.random);
    let failure: unknown;
    try {
      const answer = await client.get(path, signal);
      if (!isPassing(answer.status)) return await take(answer);
      await drain(answer);
      wait = retryAfter(answer) ?? wait;
      failure = new Error(`it answered ${answer.status} ${attempt + 1} times`);
    } catch (error) {
      signal?.throwIfAborted();
      failure = error;
    }
    if (attempt + 1 >= TRIES || failure instanceof AuditorError)
      throw unreachable(client.server, failure);
    await pace.wait(wait, signal);
  }
}
