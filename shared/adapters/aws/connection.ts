import { NodeHttpHandler } from "@smithy/node-http-handler";
import { refusalOf, type Refusal } from "./refusal.ts";
import { within } from "./within.ts";

/** Milliseconds. */
export type Timeouts = {
  /** Until there is a connection. */
  readonly connection: number;
  /** From the request to the head of its answer. */
  readonly request: number;
  /** All of it: finding credentials, connecting, the last byte of the answer. */
  readonly whole: number;
};

export const TIMEOUTS: Timeouts = { connection: 1000, request: 5000, whole: 10_000 };

export type Place = {
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly timeouts: Timeouts;
};

const settingsOf = (
  { region, endpoint }: Place,
  requestHandler: NodeHttpHandler,
  skew: number,
) => ({
  region,
  ...(endpoint === undefined ? {} : { endpoint }),
  requestHandler,
  // Whoever calls us decides when to try again, and the SDK's own patience would hide that nothing gets through.
  maxAttempts: 1,
  retryMode: "standard",
  systemClockOffset: skew,
});

export type ClientSettings = ReturnType<typeof settingsOf>;

export type Connection<C> = {
  /** One try. It rejects with the reason of the signal, and with nothing else. */
  readonly ask: <T>(
    signal: AbortSignal,
    work: (client: C, signal: AbortSignal) => Promise<T>,
  ) => Promise<{ readonly value: T } | { readonly failed: Refusal }>;
  /** Milliseconds that the service's clock is ahead of ours; undefined before the first answer. */
  readonly skew: () => number | undefined;
  readonly close: () => void;
};

/** After one of these others are asked for: the SDK keeps credentials until their own time is over. */
const CREDENTIALS_REFUSED: ReadonlySet<string> = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "InvalidSignatureException",
]);

/** An SDK client and its few kept connections, which outlive it when other credentials are needed. */
export function connect<C extends { readonly config: { systemClockOffset: number } }>(
  place: Place,
  make: (settings: ClientSettings) => C,
): Connection<C> {
  const { connection, request, whole } = place.timeouts;
  const agent = { keepAlive: true, maxSockets: 2 };
  const handler = new NodeHttpHandler({
    connectionTimeout: connection,
    requestTimeout: request,
    // Else a time-out is a line on the console, and the wait goes on.
    throwOnRequestTimeout: true,
    httpAgent: agent,
    httpsAgent: agent,
  });
  const renewed = (skew: number): C => make(settingsOf(place, handler, skew));
  let client = renewed(0);
  return {
    async ask(signal, work) {
      try {
        return { value: await within(whole, signal, async (cut) => work(client, cut)) };
      } catch (error) {
        signal.throwIfAborted();
        const failed = refusalOf(error);
        if (CREDENTIALS_REFUSED.has(failed.code)) client = renewed(client.config.systemClockOffset);
        return { failed };
      }
    },
    // The SDK takes it from each answer's Date, and signs by it.
    skew: () => client.config.systemClockOffset || undefined,
    close: () => handler.destroy(),
  };
}
