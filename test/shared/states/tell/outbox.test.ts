import { describe, expect, test } from "vitest";
import { drained, keyOf, LATER, outboxOf, told, type Words } from "../../../fixtures/said-rows.ts";
import type { Outbox } from "#shared/states/tell/outbox.ts";

const EPOCH = { createdAt: 1000, transitions: 2 };
const words = (...pairs: readonly (readonly [string, string])[]): Words => new Map(pairs);

/** An outbox whose first snapshot is over. */
function begun(of: Words): Outbox {
  const box = outboxOf(of);
  box.lead(EPOCH);
  drained(box, 0);
  return box;
}

/** A row that changed from 1 to 2, which the bus did not take. */
function refused() {
  const of = words(["a", "1"]);
  const box = begun(of);
  of.set("a", "2");
  box.touched(keyOf("a"), "soon");
  box.take(1, 0);
  const [failed] = box.take(LATER, 0);
  if (failed) box.settled(failed, false);
  return { of, box };
}

const taken = (box: Outbox, at: number): readonly string[] => box.take(at, 0).flatMap(told);

describe("an epoch", () => {
  test("begins with all rows, numbered from 1, and an index of them", () => {
    const box = outboxOf(words(["a", "1"], ["b", "1"]));
    box.lead(EPOCH);
    const packets = drained(box, 0);

    expect(packets.map(told)).toEqual([["a=1", "b=1"], ["Snapshot"]]);
    expect(packets.map(({ detail }) => JSON.parse(detail) as object)).toMatchObject([
      { version: 1, epoch: EPOCH, seq: 1 },
      { version: 1, epoch: EPOCH, seq: 2, part: 1, of: 1, count: 2, upTo: 1 },
    ]);
  });

  test("says nothing before somebody leads, nor after", () => {
    const box = outboxOf(words(["a", "1"]));
    box.touched(keyOf("a"), "soon");
    expect([box.take(LATER, 0), box.waiting(), box.nextDue()]).toEqual([[], 0, undefined]);

    box.lead(EPOCH);
    box.lead(undefined);
    expect([box.take(LATER, 0), box.nextDue()]).toEqual([[], undefined]);
  });

  test("that comes back goes on counting, another begins at 1", () => {
    const box = begun(words(["a", "1"]));
    box.lead(undefined);
    box.lead(EPOCH);
    expect(drained(box).map(({ seq }) => seq)).toEqual([3, 4]);

    box.lead({ createdAt: 2000, transitions: 0 });
    expect(drained(box).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test("settles nothing for the one before it", () => {
    const box = outboxOf(words(["a", "1"]));
    box.lead(EPOCH);
    const [old] = box.take(0, 0);
    box.lead({ createdAt: 2000, transitions: 0 });
    if (old) box.settled(old, true);

    expect(drained(box).map(told)).toEqual([["a=1"], ["Snapshot"]]);
  });
});

describe("a change", () => {
  test.each([
    ["soon", [1000, 1999, 2000], [[], [], ["a=2"]]],
    ["later", [30_000, 59_999, 60_000], [[], [], ["a=2"]]],
  ] as const)("that is to be told %s is, and not before", (urgency, times, says) => {
    const of = words(["a", "1"]);
    const box = begun(of);
    of.set("a", "2");
    box.touched(keyOf("a"), urgency);

    expect(taken(box, 1)).toEqual([]);
    expect(times.map((at) => taken(box, at))).toEqual(says);
  });

  test.each(["soon", "later"] as const)(
    "that was never looked at is told %s all the same by who looks first and then takes what is due in two minutes",
    (urgency) => {
      const of = words(["a", "1"]);
      const box = begun(of);
      of.set("a", "2");
      box.touched(keyOf("a"), urgency);
      const now = 59_999;

      expect(box.take(now, 0, 0)).toEqual([]);
      expect(taken(box, now + 120_000)).toEqual(["a=2"]);
    },
  );

  test("soon beats later, whichever came first", () => {
    const of = words(["a", "1"], ["b", "1"]);
    const box = begun(of);
    of.set("a", "2").set("b", "2");
    box.touched(keyOf("a"), "later");
    box.touched(keyOf("b"), "soon");
    box.take(1, 0);
    box.touched(keyOf("a"), "soon");
    box.touched(keyOf("b"), "later");
    box.take(2, 0);

    expect(taken(box, 2000).toSorted()).toEqual(["a=2", "b=2"]);
  });

  test("that follows others is told once, as it is by then, at the time of the first", () => {
    const of = words(["a", "1"]);
    const box = begun(of);
    for (const at of [1, 900, 1800]) {
      of.set("a", `at ${at}`);
      box.touched(keyOf("a"), "soon");
      box.take(at, 0);
    }

    expect(taken(box, 2000)).toEqual(["a=at 1800"]);
    expect([box.waiting(), taken(box, LATER)]).toEqual([0, []]);
  });

  test("that changes nothing is not told", () => {
    const box = begun(words(["a", "1"]));
    box.touched(keyOf("a"), "soon");
    box.take(1, 0);

    expect([taken(box, LATER), box.waiting()]).toEqual([[], 0]);
  });

  test("of a row that is on its way waits until that has come to an end", () => {
    const of = words(["a", "1"]);
    const box = begun(of);
    of.set("a", "2");
    box.touched(keyOf("a"), "soon");
    box.take(1, 0);
    const [flying] = box.take(LATER, 0);
    of.set("a", "3");
    box.touched(keyOf("a"), "soon");
    box.take(LATER, 0);

    expect(taken(box, 2 * LATER)).toEqual([]);
    expect(box.nextDue()).toBeUndefined();
    if (flying) box.settled(flying, true);
    expect(taken(box, 2 * LATER)).toEqual(["a=3"]);
  });
});

describe("what the bus did not take", () => {
  test("is said again, as it is by then", () => {
    const { of, box } = refused();
    of.set("a", "3");

    expect(box.nextDue()).toBe(0);
    expect(taken(box, LATER)).toEqual(["a=3"]);
  });

  test("is said again even where the row is back to what was accepted: it may have arrived", () => {
    const { of, box } = refused();
    of.set("a", "1");

    expect(taken(box, LATER)).toEqual(["a=1"]);
  });

  test("costs one name for each row, however long the bus is away", () => {
    const of = words(["a", "0"], ["b", "0"]);
    const box = begun(of);
    for (let at = 1; at < 500; at += 1) {
      of.set("a", String(at)).set("b", String(at));
      for (const uid of of.keys()) box.touched(keyOf(uid), "soon");
      for (const packet of box.take(at * 1000, 0)) box.settled(packet, false);
      expect(box.waiting()).toBeLessThanOrEqual(2);
    }

    expect(drained(box, 600_000).flatMap(told).toSorted()).toEqual(["a=499", "b=499"]);
  });

  test("is no number that is used again", () => {
    const of = words(["a", "1"]);
    const box = begun(of);
    const seqs: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      of.set("a", `${round}`);
      box.touched(keyOf("a"), "soon");
      for (const packet of box.take(LATER * round, 0)) {
        seqs.push(packet.seq);
        box.settled(packet, round % 2 === 0);
      }
    }

    expect(seqs.length).toBeGreaterThan(8);
    expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
  });
});

describe("a row that is gone", () => {
  test("is said to be until the bus takes it, and not again", () => {
    const of = words(["a", "1"], ["b", "1"]);
    const box = begun(of);
    of.delete("a");
    box.touched(keyOf("a"), "soon");
    box.take(1, 0);
    const [failed] = box.take(LATER, 0);
    expect(failed && told(failed)).toEqual(["a gone"]);
    if (failed) box.settled(failed, false);

    expect(drained(box).flatMap(told)).toEqual(["a gone"]);
    box.touched(keyOf("a"), "soon");
    expect(drained(box, 2 * LATER)).toEqual([]);
  });

  test("and was never said is not spoken of", () => {
    const box = begun(words(["a", "1"]));
    box.touched(keyOf("z"), "soon");

    expect([drained(box), box.waiting()]).toEqual([[], 0]);
  });
});

describe("a snapshot", () => {
  test("says all rows again, changed or not, then what there is", () => {
    const of = words(["a", "1"], ["b", "1"]);
    const box = begun(of);
    box.snapshotDue("wish");

    expect(drained(box).map(told)).toEqual([["a=1", "b=1"], ["Snapshot"]]);
    expect(drained(box)).toEqual([]);
  });

  test("waits with its index for rows that the bus did not take", () => {
    const box = begun(words(["a", "1"]));
    box.snapshotDue("hourly");
    const [failed] = box.take(1, 0);
    expect(box.take(1, 0)).toEqual([]);
    if (failed) box.settled(failed, false);

    expect(drained(box).map(told)).toEqual([["a=1"], ["Snapshot"]]);
  });

  test("sends a part again that the bus did not take, as it was", () => {
    const box = begun(words(["a", "1"]));
    box.snapshotDue("hourly");
    for (const packet of box.take(1, 0)) box.settled(packet, true);
    const [part] = box.take(1, 0);
    if (part) box.settled(part, false);

    expect(box.take(1, 0)).toEqual([part]);
  });

  test("is of as many parts as its rows need, at most so many events at once", () => {
    const of: Words = new Map(Array.from({ length: 2000 }, (_, at) => [`row-${at}`, "1"]));
    const box = begun(of);
    box.snapshotDue("hourly");
    const rows: unknown[] = [];
    for (;;) {
      const packets = box.take(1, 0, 2);
      if (packets.length === 0) break;
      expect(packets.length).toBeLessThanOrEqual(3);
      for (const packet of packets) {
        box.settled(packet, true);
        if (packet.detailType !== "Snapshot") continue;
        const part = JSON.parse(packet.detail) as { of: number; count: number; rows: unknown[] };
        expect([part.of, part.count]).toEqual([3, 2000]);
        expect(packet.detail.length).toBeLessThan(64 * 1024);
        rows.push(...part.rows);
      }
    }
    expect(rows).toHaveLength(2000);
  });
});

describe("a heartbeat", () => {
  const beat = (box: Outbox) =>
    JSON.parse(box.heartbeat(5, { kinds: [] }).detail) as Record<string, unknown>;

  test("speaks of what the bus took, up to the last event that it answered", () => {
    const of = words(["a", "1"], ["b", "1"]);
    const box = begun(of);
    const before = beat(box);
    of.set("a", "2").delete("b");
    box.touched(keyOf("a"), "soon");
    box.touched(keyOf("b"), "soon");
    box.take(1, 0);
    const [flying] = box.take(LATER, 0);

    expect(beat(box)).toMatchObject({ digest: before["digest"], upTo: 1, waiting: 0 });
    if (flying) box.settled(flying, true);
    const after = beat(box);
    expect(after).toMatchObject({
      counts: { Node: 0, DaemonSet: 0, Object: 1 },
      upTo: flying?.seq,
    });
    expect(after["digest"]).not.toBe(before["digest"]);
  });

  test("offers nothing to compare with while it is not sure what arrived", () => {
    const of = words(["a", "1"]);
    const box = begun(of);
    of.set("a", "2");
    box.touched(keyOf("a"), "soon");
    box.take(1, 0);
    for (const packet of box.take(LATER, 0)) box.settled(packet, false);

    expect(beat(box)).not.toHaveProperty("upTo");
    drained(box);
    expect(beat(box)).toHaveProperty("upTo");
  });
});
