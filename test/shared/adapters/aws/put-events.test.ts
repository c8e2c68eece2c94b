import { describe, expect, test, vi } from "vitest";
import type { BusSettings } from "#shared/adapters/aws/bus-settings.ts";
import { putEvents, type Publisher } from "#shared/adapters/aws/put-events.ts";
import type { BusEntry, Delivery } from "#shared/ports.ts";
import { awsEnvironment, KEYS } from "../../../fixtures/aws-environment.ts";
import { REGION } from "../../../fixtures/aws-json-server.ts";
import {
  startEventBridge,
  type BusFault,
  type BusOptions,
  type EventBridgeServer,
} from "../../../fixtures/event-bridge-server.ts";

const open = awsEnvironment(KEYS);
const signal = new AbortController().signal;
/** Where an answer is not to come; elsewhere a busy machine has its time. */
const SHORT = { request: 400, whole: 800 };

type Both = { readonly bus: EventBridgeServer; readonly to: Publisher };

async function start(options: BusOptions = {}, settings: Partial<BusSettings> = {}): Promise<Both> {
  const bus = await startEventBridge(options);
  const to = putEvents({
    region: REGION,
    bus: "dsaudit",
    source: "dsaudit/east",
    endpoint: bus.url,
    ...settings,
  });
  open.push(to, bus);
  return { bus, to };
}

const faulty = async (
  fault: (number: number) => BusFault | undefined,
  settings: Partial<BusSettings> = {},
): Promise<Both> => start({ fault: ({ number }) => fault(number) }, settings);

const entry = (number: number, padding = 0): BusEntry => ({
  detailType: "NodeStates",
  detail: JSON.stringify({ number, text: "x".repeat(padding) }),
});
const entries = (count: number, padding = 0): readonly BusEntry[] =>
  Array.from({ length: count }, (_, number) => entry(number, padding));

const codes = (deliveries: readonly Delivery[]): readonly string[] =>
  deliveries.map((one) => (one.accepted ? "accepted" : one.code));
const numbers = ({ stored }: EventBridgeServer): readonly unknown[] =>
  stored.map(({ detail }) => (JSON.parse(detail) as { number: unknown }).number);

test("an entry is put on the bus by its name, with our source, and is signed for", async () => {
  const { bus, to } = await start();

  expect(await to.putEntries([entry(7)], signal)).toEqual([{ accepted: true }]);
  expect(bus.stored).toEqual([
    { source: "dsaudit/east", detailType: "NodeStates", detail: entry(7).detail, bus: "dsaudit" },
  ]);
  expect(bus.calls[0]).toMatchObject({ operation: "PutEvents", accessKey: "AKIAFIRST" });
});

test("nothing to say asks nothing", async () => {
  const { bus, to } = await start();

  expect(await to.putEntries([], signal)).toEqual([]);
  expect(bus.calls).toEqual([]);
});

test("an ARN of its region names a bus, too", async () => {
  const arn = `arn:aws:events:${REGION}:123456789012:event-bus/dsaudit`;
  const { bus, to } = await start({}, { bus: arn });
  await to.putEntries([entry(1)], signal);

  expect(bus.stored.map((one) => one.bus)).toEqual([arn]);
});

test("of 10 entries exactly those are reported failed that failed, for all 1,024 ways", async () => {
  const { bus, to } = await faulty((mask) => ({ mask }));
  for (let mask = 0; mask < 1024; mask += 1) {
    bus.stored.length = 0;
    const deliveries = await to.putEntries(entries(10), signal);
    const want = entries(10).map((_, at) => ((mask >> at) & 1 ? "InternalFailure" : "accepted"));
    expect(codes(deliveries)).toEqual(want);
    expect(numbers(bus)).toEqual(entries(10).flatMap((_, at) => ((mask >> at) & 1 ? [] : [at])));
  }
  expect(bus.calls.length).toBe(1024);
  expect(bus.connections()).toBe(1);
});

test("25 entries go in calls of 10, in their order", async () => {
  const { bus, to } = await start();

  expect(codes(await to.putEntries(entries(25), signal))).toEqual(Array(25).fill("accepted"));
  expect(bus.calls.map((call) => call.entries.length)).toEqual([10, 10, 5]);
  expect(numbers(bus)).toEqual(entries(25).map((_, at) => at));
});

test("a call has as many bytes as set and no more, however they are counted", async () => {
  const wide = { detailType: "ü", detail: `{"a":"${"ä".repeat(1200)}"}` };
  const size = Buffer.byteLength("dsaudit/eastü") + Buffer.byteLength(wide.detail);
  const { bus, to } = await start({}, { bytesPerCall: 4 * size });
  await to.putEntries(
    Array.from({ length: 12 }, () => wide),
    signal,
  );

  expect(bus.calls.map(({ bytes }) => bytes)).toEqual([4 * size, 4 * size, 4 * size]);
});

test("256 KB is what a call has when nothing is set", async () => {
  const { bus, to } = await start();
  await to.putEntries(entries(10, 64_000), signal);

  expect(bus.calls.map((call) => call.entries.length)).toEqual([4, 4, 2]);
});

test("an entry that is too large is refused unsent, with its size, and the others go", async () => {
  const { bus, to } = await start({}, { bytesPerCall: 5000 });
  const large = entry(1, 5000);
  const size = Buffer.byteLength("dsaudit/eastNodeStates") + large.detail.length;

  expect(await to.putEntries([entry(0), large, entry(2)], signal)).toEqual([
    { accepted: true },
    {
      accepted: false,
      code: "TooLarge",
      message: `the entry has ${size} bytes, the limit is 5000`,
      hopeless: true,
    },
    { accepted: true },
  ]);
  expect(numbers(bus)).toEqual([0, 2]);
});

test("an entry of exactly the limit is sent", async () => {
  const one = entry(0, 5000);
  const size = Buffer.byteLength("dsaudit/eastNodeStates") + one.detail.length;
  const { to } = await start({}, { bytesPerCall: size });

  expect(codes(await to.putEntries([one], signal))).toEqual(["accepted"]);
});

describe("what the bus refuses one entry for", () => {
  test.each([
    ["detail that is no object", { detailType: "NodeStates", detail: "[1]" }, "MalformedDetail"],
    ["detail that is no JSON", { detailType: "NodeStates", detail: "{" }, "MalformedDetail"],
    ["a detail-type too long", { detailType: "N".repeat(129), detail: "{}" }, "InvalidArgument"],
  ])("%s is its own fault", async (_what, wrong, code) => {
    const { to } = await start();

    expect(await to.putEntries([entry(0), wrong, entry(1)], signal)).toMatchObject([
      { accepted: true },
      { accepted: false, code, hopeless: true },
      { accepted: true },
    ]);
  });

  test("a throttle is not", async () => {
    const { to } = await faulty(() => ({ mask: 1, code: "ThrottlingException" }));

    expect(await to.putEntries([entry(0)], signal)).toEqual([
      { accepted: false, code: "ThrottlingException", message: "the test says so" },
    ]);
  });

  test.each([
    ["InvalidArgument", true],
    ["RedactionFailure", true],
    ["NotAuthorizedForDetailTypeException", true],
    ["NotAuthorizedForSourceException", undefined],
    ["AccessDeniedException", undefined],
    ["InternalFailure", undefined],
  ])("%s: the entry alone is at fault: %s", async (code, hopeless) => {
    const { to } = await faulty(() => ({ mask: 1, code }));
    const [one] = await to.putEntries([entry(0)], signal);

    expect(one).toMatchObject({ accepted: false, code });
    expect(one && "hopeless" in one ? one.hopeless : undefined).toBe(hopeless);
  });
});

describe("an answer is believed only where it speaks of an entry", () => {
  const accepted = { EventId: "e" };
  test.each<readonly [string, unknown, readonly string[]]>([
    ["no results", { FailedEntryCount: 0 }, ["NoAnswer", "NoAnswer", "NoAnswer"]],
    ["too few", { Entries: [accepted, accepted] }, ["accepted", "accepted", "NoAnswer"]],
    ["an empty one", { Entries: [accepted, {}, accepted] }, ["accepted", "NoAnswer", "accepted"]],
    [
      "too many",
      { Entries: [accepted, accepted, accepted, accepted] },
      Array(3).fill("Unreadable"),
    ],
    ["null", { Entries: null }, ["NoAnswer", "NoAnswer", "NoAnswer"]],
    [
      "an error beside an id",
      { Entries: [{ EventId: "e", ErrorCode: "InternalFailure" }, accepted, accepted] },
      ["InternalFailure", "accepted", "accepted"],
    ],
    [
      "a count that denies its own entries",
      { FailedEntryCount: 0, Entries: [{ ErrorCode: "InternalFailure" }, accepted, accepted] },
      ["InternalFailure", "accepted", "accepted"],
    ],
    [
      "a code that is a text",
      { Entries: [{ ErrorCode: "a code\n<b>" }, accepted, accepted] },
      ["Unknown", "accepted", "accepted"],
    ],
  ])("%s", async (_what, results, want) => {
    const { to } = await faulty(() => ({ results }));

    expect(codes(await to.putEntries(entries(3), signal))).toEqual(want);
  });

  test("and its words are made fit to read", async () => {
    const ErrorMessage = `no\u001b[31m\n${"x".repeat(1000)}`;
    const { to } = await faulty(() => ({
      results: { Entries: [{ ErrorCode: "InternalFailure", ErrorMessage }] },
    }));
    const [one] = await to.putEntries([entry(0)], signal);
    const message = one && "message" in one ? one.message : "";

    expect(message).toMatch(/^no\\x1b\[31m\\nx+…$/);
    expect(message.length).toBe(300);
  });
});

describe("a call that fails as a whole", () => {
  const json = (type: string, status = 400) => ({ status, type, message: "no" });
  test.each<readonly [string, BusFault, string]>([
    ["throttled", json("ThrottlingException"), "ThrottlingException"],
    ["a fault of the service", json("InternalFailure", 500), "InternalFailure"],
    ["access denied", json("AccessDeniedException"), "AccessDeniedException"],
    ["an expired token", json("ExpiredTokenException", 403), "ExpiredTokenException"],
    ["no such bus", json("ResourceNotFoundException"), "ResourceNotFoundException"],
    [
      "a name with a namespace",
      json("com.amazon.events#InternalException", 500),
      "InternalException",
    ],
    ["500 of a proxy", { text: "<html>oh</html>", code: 500 }, "Http500"],
    ["503 without a body", { text: "", code: 503 }, "Http503"],
    ["413 of a proxy", { text: "too much", code: 413 }, "Http413"],
    ["500 that tells no name", { status: 500 }, "Http500"],
    ["302 to elsewhere", { text: "", code: 302 }, "Http302"],
    ["no JSON", { text: "<html>captive portal</html>" }, "Unreadable"],
    ["half a JSON", { text: '{"Entries":[{"EventId"' }, "Unreadable"],
    ["no answer", { silent: "not done" }, "TimedOut"],
    ["no answer, though it is stored", { silent: "done" }, "TimedOut"],
    ["an answer that stops after its head", { headOnly: true }, "TimedOut"],
    ["a cut connection", { cut: "not done" }, "Unreachable"],
    ["a cut connection, though it is stored", { cut: "done" }, "Unreachable"],
  ])("%s", async (_what, fault, code) => {
    const { bus, to } = await faulty(
      (number) => (number === 0 ? fault : undefined),
      code === "TimedOut" ? { timeouts: SHORT } : {},
    );

    expect(codes(await to.putEntries(entries(3), signal))).toEqual([code, code, code]);
    expect(bus.calls.length).toBe(1);
    expect(codes(await to.putEntries(entries(3), signal))).toEqual(Array(3).fill("accepted"));
  });

  test("the head of the answer is awaited no longer than set", async () => {
    const { to } = await faulty(() => ({ silent: "done" }), { timeouts: { request: 200 } });
    const [one] = await to.putEntries([entry(0)], signal);

    expect(one).toMatchObject({ accepted: false, code: "TimedOut" });
    expect(JSON.stringify(one)).toContain("the configured 200 ms requestTimeout");
  });

  test("the rest is answered alike, unsent", async () => {
    const { bus, to } = await faulty((number) => (number === 1 ? { cut: "not done" } : undefined));
    const want = entries(25).map((_, at) => (at < 10 ? "accepted" : "Unreachable"));

    expect(codes(await to.putEntries(entries(25), signal))).toEqual(want);
    expect(bus.calls.length).toBe(2);
  });

  test("nobody there", async () => {
    const { bus, to } = await start();
    await bus.close();
    const [one] = await to.putEntries([entry(0)], signal);

    expect(one).toMatchObject({ accepted: false, code: "Unreachable" });
    expect(JSON.stringify(one)).toContain("ECONNREFUSED");
  });

  test.each([
    ["seconds", "3", 3000],
    ["more than a minute", "86400", 60_000],
    ["no number", "soon", undefined],
    ["a date", "Wed, 21 Oct 2026 07:28:00 GMT", undefined],
  ])("Retry-After in %s", async (_what, text, retryAfter) => {
    const headers = { "retry-after": text };
    const { to } = await faulty(() => ({ status: 503, headers }));
    const [one] = await to.putEntries([entry(0)], signal);

    expect(one).toMatchObject({ accepted: false, code: "Http503" });
    expect(one && "retryAfter" in one ? one.retryAfter : undefined).toBe(retryAfter);
  });

  test("what is said of a call with one entry is said of the entry, of more it is not", async () => {
    const { to } = await faulty(() => ({ text: "", code: 413 }));

    expect(await to.putEntries(entries(1), signal)).toMatchObject([{ hopeless: true }]);
    expect(await to.putEntries(entries(2), signal)).not.toMatchObject([{ hopeless: true }, {}]);
  });
});

describe("clocks", () => {
  const HOURS = 2 * 3_600_000;
  test.each([
    ["ahead", HOURS],
    ["behind", -HOURS],
  ])("only the first call fails when the bus's clock is 2 h %s of ours", async (_way, ahead) => {
    const { to } = await start({ ahead: () => ahead });

    expect(codes(await to.putEntries(entries(2), signal))).toEqual(["WrongClock", "WrongClock"]);
    expect(codes(await to.putEntries(entries(2), signal))).toEqual(["accepted", "accepted"]);
    expect(Math.abs((to.skewSeconds() ?? 0) - ahead / 1000)).toBeLessThanOrEqual(1);
  });

  test("what is known of them outlives the credentials", async () => {
    const expired = { status: 403, type: "ExpiredTokenException" };
    const { to } = await start({
      ahead: () => HOURS,
      fault: ({ number }) => (number === 0 ? expired : undefined),
    });
    const results: string[] = [];
    for (let call = 0; call < 3; call += 1)
      results.push(...codes(await to.putEntries([entry(call)], signal)));

    expect(results).toEqual(["WrongClock", "ExpiredTokenException", "accepted"]);
  });

  test("a clock that jumps and comes back costs one call each way", async () => {
    const says = [0, HOURS, 0];
    const { to } = await start({ ahead: () => says.shift() ?? 0 });
    const results: string[] = [];
    for (let call = 0; call < 4; call += 1)
      results.push(...codes(await to.putEntries([entry(call)], signal)));

    expect(results).toEqual(["accepted", "WrongClock", "WrongClock", "accepted"]);
  });

  test("before the first answer nothing is known of them", async () => {
    const { to } = await start();

    expect(to.skewSeconds()).toBeUndefined();
  });
});

describe("credentials", () => {
  test.each(["ExpiredTokenException", "UnrecognizedClientException"])(
    "after %s the next call asks for new ones",
    async (type) => {
      const { bus, to } = await faulty((number) =>
        number === 1 ? { status: 403, type } : undefined,
      );
      await to.putEntries([entry(0)], signal);
      vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIASECOND");
      await to.putEntries([entry(1)], signal);
      await to.putEntries([entry(2)], signal);

      expect(bus.calls.map(({ accessKey }) => accessKey)).toEqual([
        "AKIAFIRST",
        "AKIAFIRST",
        "AKIASECOND",
      ]);
      expect(bus.connections()).toBe(1);
    },
  );

  test("while there are none nothing is sent, and it goes on when there are some", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
    const { bus, to } = await start();

    expect(codes(await to.putEntries([entry(0)], signal))).toEqual(["NoCredentials"]);
    expect(bus.calls).toEqual([]);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIALATE");
    expect(codes(await to.putEntries([entry(0)], signal))).toEqual(["accepted"]);
  });
});

describe("a caller who stops", () => {
  test("gets its own reason, at once", async () => {
    const { to } = await faulty(() => ({ silent: "done" }));
    const stop = new AbortController();
    const put = to.putEntries([entry(0)], stop.signal);
    const before = performance.now();
    setTimeout(() => stop.abort(new Error("enough")), 30);

    await expect(put).rejects.toThrow("enough");
    expect(performance.now() - before).toBeLessThan(3000);
  });

  test("before it began has nothing sent", async () => {
    const { bus, to } = await start();

    await expect(to.putEntries([entry(0)], AbortSignal.abort(new Error("no")))).rejects.toThrow(
      "no",
    );
    expect(bus.calls).toEqual([]);
  });
});

test("a publisher that is closed leaves no connection", async () => {
  const { bus, to } = await start();
  await to.putEntries([entry(0)], signal);
  expect(bus.openConnections()).toBe(1);
  to.close();
  await vi.waitFor(() => expect(bus.openConnections()).toBe(0));
});

describe("settings that no call would survive are refused at the start", () => {
  test.each<readonly [string, Partial<BusSettings>, RegExp]>([
    ["a bus that is no name", { bus: "a b" }, /"a b" is neither the name nor the ARN/],
    ["an empty bus", { bus: "" }, /"" is neither/],
    ["an ARN of something else", { bus: "arn:aws:sqs:eu-west-1:123456789012:q" }, /neither/],
    [
      "an ARN of another region",
      { bus: "arn:aws:events:us-east-1:123456789012:event-bus/b" },
      /the bus is in us-east-1, the region is eu-west-1/,
    ],
    ["a source of AWS's own", { source: "aws.dsaudit" }, /"aws.dsaudit" cannot be the source/],
    ["no source", { source: "" }, /"" cannot be the source/],
    ["a source too long", { source: "s".repeat(257) }, /cannot be the source/],
    ["too few bytes", { bytesPerCall: 10 }, /10 bytes a call cannot be/],
    ["too many bytes", { bytesPerCall: 1024 ** 2 }, /1048576 bytes a call cannot be/],
    ["no number", { bytesPerCall: Number.NaN }, /NaN bytes/],
  ])("%s", (_what, settings, words) => {
    expect(() =>
      putEvents({ region: REGION, bus: "dsaudit", source: "dsaudit/east", ...settings }),
    ).toThrow(words);
  });
});
