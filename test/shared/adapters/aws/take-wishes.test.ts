import { expect, test, vi } from "vitest";
import { takeWishes, type QueueSettings, type Wishes } from "#shared/adapters/aws/take-wishes.ts";
import { awsEnvironment, KEYS } from "../../../fixtures/aws-environment.ts";
import { REGION, type AwsFault } from "../../../fixtures/aws-json-server.ts";
import { startSqs, type SqsOptions, type SqsServer } from "../../../fixtures/sqs-server.ts";

const open = awsEnvironment(KEYS);
const signal = new AbortController().signal;
/** Where an answer is not to come; elsewhere a busy machine has its time. */
const SHORT = { request: 400, whole: 800 };

async function start(
  options: SqsOptions = {},
  timeouts: QueueSettings["timeouts"] = {},
): Promise<{ readonly queue: SqsServer; readonly from: Wishes }> {
  const queue = await startSqs(options);
  const from = takeWishes({
    region: REGION,
    queueUrl: queue.queueUrl,
    cluster: "east",
    timeouts,
    waitSeconds: 0,
  });
  open.push(from, queue);
  return { queue, from };
}

const wish = (change: Record<string, unknown> = {}): string =>
  JSON.stringify({ version: 1, wants: "snapshot", cluster: "east", ...change });

test("a wish is told once, and is gone from the queue", async () => {
  const { queue, from } = await start();
  queue.send(wish());

  expect(await from.takeWishes(signal)).toEqual([{ wants: "snapshot" }]);
  expect(queue.waiting()).toEqual([]);
  expect(await from.takeWishes(signal)).toEqual([]);
  expect(from.health()).toEqual({ taken: 1, refused: 0, failures: 0, lastCode: undefined });
});

test("an empty queue is asked once, and nothing is deleted", async () => {
  const { queue, from } = await start();

  expect(await from.takeWishes(signal)).toEqual([]);
  expect(queue.calls.map(({ operation }) => operation)).toEqual(["ReceiveMessage"]);
});

test("ten are taken at once, the eleventh by the next call", async () => {
  const { queue, from } = await start();
  for (let i = 0; i < 11; i += 1) queue.send(wish());

  expect((await from.takeWishes(signal)).length).toBe(10);
  expect((await from.takeWishes(signal)).length).toBe(1);
});

test("a field that we do not know changes nothing", async () => {
  const { queue, from } = await start();
  queue.send(wish({ since: 5 }));

  expect(await from.takeWishes(signal)).toEqual([{ wants: "snapshot" }]);
});

test.each([
  ["no JSON", "snapshot please"],
  ["null", "null"],
  ["a list", `[${wish()}]`],
  ["another version", wish({ version: 2 })],
  ["a version in quotes", wish({ version: "1" })],
  ["another wish", wish({ wants: "delete" })],
  ["another cluster", wish({ cluster: "west" })],
  ["no cluster", JSON.stringify({ version: 1, wants: "snapshot" })],
  ["something very deep", "[".repeat(100_000)],
])("%s is no wish: it is deleted and counted, and its neighbour is told", async (_what, body) => {
  const { queue, from } = await start();
  queue.send(body);
  queue.send(wish());

  expect(await from.takeWishes(signal)).toEqual([{ wants: "snapshot" }]);
  expect(queue.waiting()).toEqual([]);
  expect(from.health()).toMatchObject({ taken: 1, refused: 1, failures: 0 });
});

test.each<readonly [string, AwsFault, string]>([
  [
    "denied",
    { status: 400, type: "com.amazon.coral.service#AccessDeniedException" },
    "AccessDeniedException",
  ],
  ["throttled", { status: 400, type: "ThrottlingException" }, "ThrottlingException"],
  ["broken", { text: "<html>", code: 502 }, "Http502"],
  ["silent", { silent: "not done" }, "TimedOut"],
  ["cut off", { cut: "not done" }, "Unreachable"],
  ["not SQS", { text: "<html>" }, "Unreadable"],
])(
  "a queue that is %s tells nothing, is counted, and is asked again",
  async (_what, fault, code) => {
    const { queue, from } = await start(
      { fault: ({ number }) => (number === 0 ? fault : undefined) },
      code === "TimedOut" ? SHORT : {},
    );
    queue.send(wish());

    expect(await from.takeWishes(signal)).toEqual([]);
    expect(from.health()).toEqual({ taken: 0, refused: 0, failures: 1, lastCode: code });
    expect(await from.takeWishes(signal)).toEqual([{ wants: "snapshot" }]);
  },
);

test("a wish that cannot be deleted is told, and told again", async () => {
  const fault: SqsOptions["fault"] = ({ number }) => (number === 1 ? { status: 500 } : undefined);
  const { queue, from } = await start({ fault });
  queue.send(wish());

  expect(await from.takeWishes(signal)).toEqual([{ wants: "snapshot" }]);
  expect(from.health()).toMatchObject({ failures: 1, lastCode: "Http500" });
  queue.passVisibility();
  expect(await from.takeWishes(signal)).toEqual([{ wants: "snapshot" }]);
  expect(queue.waiting()).toEqual([]);
});

test("after an expired token the next call asks for other credentials", async () => {
  const expired = { status: 403, type: "ExpiredTokenException" };
  const { queue, from } = await start({
    fault: ({ number }) => (number === 0 ? expired : undefined),
  });
  await from.takeWishes(signal);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIASECOND");
  await from.takeWishes(signal);

  expect(queue.calls.map(({ accessKey }) => accessKey)).toEqual(["AKIAFIRST", "AKIASECOND"]);
});

test("a caller who stops gets its own reason", async () => {
  const { from } = await start({ fault: () => ({ silent: "done" }) });
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("enough")), 20);

  await expect(from.takeWishes(stop.signal)).rejects.toThrow("enough");
  await expect(from.takeWishes(stop.signal)).rejects.toThrow("enough");
});

test.each([["wishes"], [""], ["ftp://sqs/1/wishes"]])("%j is not a queue's URL", (queueUrl) => {
  expect(() => takeWishes({ region: REGION, queueUrl, cluster: "east" })).toThrow(
    `"${queueUrl}" is not a queue's URL`,
  );
});
