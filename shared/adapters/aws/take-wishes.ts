import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { AuditorError } from "#shared/auditor-error.ts";
import { printable } from "#shared/cluster/printable.ts";
import { isRecord } from "#shared/cluster/read/json.ts";
import type { TakeWishes, Wish } from "#shared/ports.ts";
import { connect, TIMEOUTS, type Timeouts } from "./connection.ts";

export type QueueSettings = {
  readonly region: string;
  /** Of this cluster alone: what others are asked for is deleted, too. */
  readonly queueUrl: string;
  /** The UID of its kube-system namespace. */
  readonly cluster: string;
  /** Else where the queue's URL leads. */
  readonly endpoint?: string | undefined;
  readonly timeouts?: Partial<Timeouts>;
  /** How long the queue waits for a first message: 0 to 20. */
  readonly waitSeconds?: number;
};

export type WishesHealth = {
  readonly taken: number;
  /** Messages that are no wish for this cluster; they were deleted. */
  readonly refused: number;
  /** Times that the queue could not be asked. */
  readonly failures: number;
  readonly lastCode: string | undefined;
};

export type Wishes = {
  readonly takeWishes: TakeWishes;
  readonly health: () => WishesHealth;
  readonly close: () => void;
};

/**
 * Wishes of the cloud side, by a queue: no way in is needed. One that is told twice, or lost because we died with it, does no
 * harm: a forwarder that begins says everything anyway.
 */
export function takeWishes(settings: QueueSettings): Wishes {
  const { region, cluster, queueUrl, waitSeconds = 1 } = settings;
  const limits = { ...TIMEOUTS, ...settings.timeouts };
  const patient = (limit: number): number => limit + waitSeconds * 1000;
  const timeouts = {
    ...limits,
    request: patient(limits.request),
    whole: patient(limits.whole),
  };
  const endpoint = settings.endpoint ?? originOf(queueUrl);
  const queue = connect({ region, endpoint, timeouts }, (client) => new SQSClient(client));
  const health = { taken: 0, refused: 0, failures: 0, lastCode: undefined as string | undefined };
  const ask = async <T>(signal: AbortSignal, work: Parameters<typeof queue.ask<T>>[1]) => {
    const answer = await queue.ask(signal, work);
    if ("value" in answer) return answer.value;
    health.failures += 1;
    health.lastCode = answer.failed.code;
    return undefined;
  };
  return {
    async takeWishes(signal) {
      const answer = await ask(signal, async (client, abortSignal) =>
        client.send(receive(queueUrl, waitSeconds), { abortSignal }),
      );
      const messages = answer?.Messages ?? [];
      if (messages.length === 0) return [];
      const wishes = messages.flatMap((message) => wishIn(message, cluster));
      health.taken += wishes.length;
      health.refused += messages.length - wishes.length;
      await ask(signal, async (client, abortSignal) =>
        client.send(forget(queueUrl, messages), { abortSignal }),
      );
      return wishes;
    },
    health: () => ({ ...health }),
    close: queue.close,
  };
}

const receive = (queueUrl: string, waitSeconds: number): ReceiveMessageCommand =>
  new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: waitSeconds,
  });

const forget = (queueUrl: string, messages: readonly Message[]): DeleteMessageBatchCommand =>
  new DeleteMessageBatchCommand({
    QueueUrl: queueUrl,
    Entries: messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle })),
  });

/** Left to itself, the SDK goes there too, and writes a line about it on the console each time. */
function originOf(queueUrl: string): string {
  if (/^https?:\/\//.test(queueUrl) && URL.canParse(queueUrl)) return new URL(queueUrl).origin;
  throw new AuditorError("config.invalid", `"${printable(queueUrl, 300)}" is not a queue's URL`, {
    hint: "it reads https://sqs.REGION.amazonaws.com/ACCOUNT/NAME",
  });
}

/** Bodies come from outside: whatever is not exactly a wish for us is none. */
function wishIn({ Body: body }: Message, cluster: string): readonly Wish[] {
  const wish = parsed(body ?? "");
  return isRecord(wish) &&
    wish["version"] === 1 &&
    wish["wants"] === "snapshot" &&
    wish["cluster"] === cluster
    ? [{ wants: "snapshot" }]
    : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
