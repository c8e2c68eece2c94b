import { expect, test, vi } from "vitest";
import { putEvents } from "#shared/adapters/aws/put-events.ts";
import { systemClock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import { deliver } from "#shared/flow/deliver.ts";
import { DELIVERY_LIMITS } from "#shared/flow/delivery-round.ts";
import { awsEnvironment, KEYS } from "../../fixtures/aws-environment.ts";
import { REGION } from "../../fixtures/aws-json-server.ts";
import { startEventBridge, type BusFault } from "../../fixtures/event-bridge-server.ts";
import { modelOutbox, modelReceiver } from "../../fixtures/model-outbox.ts";
import { seeded } from "../../fixtures/virtual-clock.ts";

const open = awsEnvironment(KEYS);

const WHOLE: readonly BusFault[] = [
  { status: 400, type: "ThrottlingException" },
  { status: 500, type: "InternalFailure" },
  { status: 403, type: "ExpiredTokenException" },
  { text: "<html>", code: 502 },
  { text: "<html>" },
  { silent: "done" },
  { silent: "not done" },
  { headOnly: true },
  { cut: "done" },
  { cut: "not done" },
];

test("through a real client and a bus with every fault it has, all of 600 rows arrive as they are", async () => {
  const random = seeded(11);
  const bus = await startEventBridge({
    fault({ number }) {
      if (number % 5 === 4) return WHOLE[((number / 5) % WHOLE.length) | 0];
      return random() < 0.7 ? { mask: Math.floor(random() * 1024) & 0b1010010 } : undefined;
    },
  });
  const timeouts = { request: 100, whole: 200 };
  const place = { region: REGION, bus: "dsaudit", source: "dsaudit/east", endpoint: bus.url };
  const publisher = putEvents({ ...place, timeouts });
  open.push(publisher, bus);
  const outbox = modelOutbox(2);
  const delivery = deliver({
    source: outbox,
    put: publisher.putEntries,
    clock: { ...systemClock, random },
    wall: Date.now,
    limits: { ...DELIVERY_LIMITS, backOff: [1, 4], look: 5 },
  });
  const stop = new AbortController();
  const ended = delivery.run(stop.signal);
  for (let i = 0; i < 1200; i += 1) {
    outbox.touch(`n${(i * 7) % 600}`, systemClock.now());
    if (i % 100 === 0) await systemClock.wait(10, stop.signal);
  }
  await vi.waitFor(() => expect(outbox.dirty() + outbox.inFlight()).toBe(0), {
    timeout: 50_000,
    interval: 10,
  });
  stop.abort();
  await ended;

  const receiver = modelReceiver();
  for (const { detail } of bus.stored.toReversed()) receiver.receive(detail);
  expect(receiver.rows).toEqual(outbox.truth);
  const codes = [...delivery.health().refused.keys()].toSorted();
  expect(codes).toEqual([
    "ExpiredTokenException",
    "Http502",
    "InternalFailure",
    "ThrottlingException",
    "TimedOut",
    "Unreachable",
    "Unreadable",
  ]);
}, 60_000);
