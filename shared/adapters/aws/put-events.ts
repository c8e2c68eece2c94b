import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Delivery, PutEntries } from "#shared/ports.ts";
import { checkBusSettings, type BusSettings } from "./bus-settings.ts";
import { connect, TIMEOUTS, type Connection } from "./connection.ts";
import { calls, entrySize, USUAL_BYTES, type Sized } from "./entry-size.ts";
import { deliveryOf, refusal, type Refusal } from "./refusal.ts";

export type Publisher = {
  readonly putEntries: PutEntries;
  /** By how much the bus's clock is ahead of ours, by its last answer (which tells whole seconds). */
  readonly skewSeconds: () => number | undefined;
  readonly close: () => void;
};

/**
 * PutEvents, one try for each entry. Partial failure is an answer like any other (HTTP 200, and the SDK says nothing), so each
 * entry's own result is read. When a whole call fails, the entries of further calls are answered alike without being sent.
 */
export function putEvents(settings: BusSettings): Publisher {
  checkBusSettings(settings);
  const { region, endpoint, source, bytesPerCall = USUAL_BYTES } = settings;
  const timeouts = { ...TIMEOUTS, ...settings.timeouts };
  const bus = connect({ region, endpoint, timeouts }, (client) => new EventBridgeClient(client));
  return {
    async putEntries(entries, signal) {
      const sized = entries.map((entry, index) => {
        return { entry, index, size: entrySize(entry, source) };
      });
      const deliveries: Delivery[] = sized.map(({ size }) => tooLarge(size, bytesPerCall));
      const fitting = sized.filter(({ size }) => size <= bytesPerCall);
      let answer: Answer = { results: [] };
      for (const call of calls(fitting, bytesPerCall)) {
        if ("results" in answer) answer = await send(bus, { call, settings }, signal);
        for (const [at, { index }] of call.entries())
          deliveries[index] = "results" in answer ? deliveryOf(answer.results[at]) : answer.failed;
      }
      return deliveries;
    },
    skewSeconds() {
      const skew = bus.skew();
      // A Date is half a second old on average when it is written.
      return skew === undefined ? undefined : Math.round((skew + 500) / 1000);
    },
    close: bus.close,
  };
}

const tooLarge = (size: number, most: number): Delivery =>
  refusal("TooLarge", `the entry has ${size} bytes, the limit is ${most}`);

type Answer = { readonly results: readonly unknown[] } | { readonly failed: Refusal };

async function send(
  bus: Connection<EventBridgeClient>,
  { call, settings }: { readonly call: readonly Sized[]; readonly settings: BusSettings },
  signal: AbortSignal,
): Promise<Answer> {
  const command = new PutEventsCommand({
    Entries: call.map(({ entry: { detailType, detail } }) => ({
      Source: settings.source,
      DetailType: detailType,
      Detail: detail,
      EventBusName: settings.bus,
    })),
  });
  const answer = await bus.ask(signal, async (client, abortSignal) =>
    client.send(command, { abortSignal }),
  );
  if ("failed" in answer) {
    const own = call.length === 1 && ALONE_AT_FAULT.has(answer.failed.code);
    return own ? { failed: { ...answer.failed, hopeless: true } } : answer;
  }
  const results = answer.value.Entries ?? [];
  if (results.length <= call.length) return { results };
  // Answers belong to entries by their place: when there are too many, nobody knows which.
  return { failed: refusal("Unreadable", `${results.length} answers to ${call.length} entries`) };
}

/** Said of a whole call; when that was one entry, it was said of the entry. */
const ALONE_AT_FAULT: ReadonlySet<string> = new Set([
  "Http413",
  "RequestEntityTooLarge",
  "SerializationException",
  "ValidationException",
]);
