import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BusEvent } from "#shared/events/envelope.ts";
import { merge, type Merge } from "#shared/states/hear/merge.ts";
import type { Packet } from "#shared/states/tell/packet.ts";
import type { Epoch } from "#shared/states/row.ts";
import {
  drained,
  eventsOf,
  keyOf,
  LATER,
  outboxOf,
  wordsOf,
  type Words,
} from "../../../fixtures/said-rows.ts";

const EPOCH: Epoch = { createdAt: 1000, transitions: 2 };

/** What happens to rows, and whether the bus takes what is said then. */
type Step = { readonly uid: string; readonly word: string | undefined; readonly taken: boolean };
const step: fc.Arbitrary<Step> = fc.record({
  uid: fc.constantFrom("a", "b", "c", "d"),
  word: fc.constantFrom("1", "2", "3", undefined),
  taken: fc.boolean(),
});
const history = fc.array(step, { minLength: 1, maxLength: 15 });

/** All events that a forwarder makes of a history, those that the bus says it did not take included, and what is left. */
function lived(steps: readonly Step[], epoch: Epoch = EPOCH) {
  const words: Words = new Map([
    ["a", "0"],
    ["b", "0"],
  ]);
  const box = outboxOf(words);
  box.lead(epoch);
  const packets: Packet[] = [...drained(box, 0)];
  for (const [round, { uid, word, taken }] of steps.entries()) {
    if (word === undefined) words.delete(uid);
    else words.set(uid, word);
    box.touched(keyOf(uid), "soon");
    for (const at of [LATER * round, LATER * (round + 1)])
      for (const packet of box.take(at, 0)) {
        packets.push(packet);
        box.settled(packet, taken);
      }
  }
  const last = LATER * (steps.length + 1);
  packets.push(...drained(box, last));
  const snapshot = (): readonly Packet[] => {
    box.snapshotDue("wish");
    return drained(box, last);
  };
  return { words, box, packets, snapshot };
}

function heard(events: readonly BusEvent[], receiver: Merge = merge()): Merge {
  for (const event of events) receiver.receive(event, 0);
  return receiver;
}

const sorted = (words: Words) => [...words].toSorted(([a], [b]) => (a < b ? -1 : 1));
const rowsIn = (receiver: Merge) => sorted(wordsOf(receiver.rows()));

/** The events in any order, some of them several times, without those that `lost` names. */
const disturbed = (events: readonly BusEvent[]) =>
  fc.shuffledSubarray([...events, ...events, ...events, ...events, ...events], {
    minLength: events.length * 5,
  });

describe("whatever becomes of the events", () => {
  test("in any order and five times each they leave the rows that there are", () => {
    fc.assert(
      fc.property(
        history
          .map((steps) => lived(steps))
          .chain(({ packets, words }) =>
            fc.record({ events: disturbed(eventsOf(packets)), words: fc.constant(words) }),
          ),
        ({ events, words }) => {
          expect(rowsIn(heard(events))).toEqual(sorted(words));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("what is lost for good, the next whole snapshot heals, and no ghost is left", () => {
    fc.assert(
      fc.property(
        history
          .map((steps) => {
            const { packets, words, snapshot } = lived(steps);
            return { before: eventsOf(packets), after: eventsOf(snapshot()), words };
          })
          .chain(({ before, after, words }) =>
            fc.record({
              events: fc
                .tuple(fc.subarray([...before]), fc.constant(after))
                .chain(([some, all]) => disturbed([...some, ...all])),
              words: fc.constant(words),
            }),
          ),
        ({ events, words }) => {
          expect(rowsIn(heard(events))).toEqual(sorted(words));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("late copies of what was said before a snapshot raise nothing that is gone", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { packets, snapshot, words } = lived(steps);
        const receiver = heard([...eventsOf(snapshot()), ...eventsOf(packets)]);

        expect(rowsIn(receiver)).toEqual(sorted(words));
      }),
      { numRuns: 500 },
    );
  });
});

describe("a row that is gone", () => {
  const { packets } = lived([{ uid: "a", word: undefined, taken: true }]);

  test.each([
    ["its tombstone comes last", [0, 1, 2]],
    ["its tombstone comes before what it ends", [2, 0, 1]],
    ["its tombstone comes between", [1, 2, 0]],
  ] as const)("stays gone where %s", (_when, order) => {
    const events = eventsOf(packets);
    const receiver = heard(order.flatMap((at) => events[at] ?? []));

    expect(rowsIn(receiver)).toEqual([["b", "0"]]);
  });
});

describe("an epoch", () => {
  const old = lived([], { createdAt: 1000, transitions: 2 });
  const deposed = eventsOf(old.snapshot());

  test.each([
    ["of more changes of hands", { createdAt: 1000, transitions: 3 }],
    ["of a Lease made anew, whose count begins again", { createdAt: 2000, transitions: 0 }],
  ] as const)("%s takes over, and who led before is heard no more", (_which, epoch) => {
    const next = lived([{ uid: "a", word: "9", taken: true }], epoch);
    const receiver = heard([...eventsOf(old.packets), ...eventsOf(next.packets)]);
    const answers = deposed.map((event) => receiver.receive(event, 0).refused);

    expect(new Set(answers)).toEqual(new Set(["older-epoch"]));
    expect(rowsIn(receiver)).toEqual([
      ["a", "9"],
      ["b", "0"],
    ]);
    expect(receiver.epoch()).toEqual(epoch);
  });

  test("whose leader says no snapshot within a minute is asked for one", () => {
    const receiver = merge();
    const [first] = eventsOf(old.packets);
    if (first) receiver.receive(first, 0);

    expect([receiver.tick(59_999), receiver.tick(60_000), receiver.tick(60_001)]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe("a snapshot", () => {
  const many: Words = new Map(Array.from({ length: 1700 }, (_, at) => [`row-${at}`, "1"]));
  const box = outboxOf(many);
  box.lead(EPOCH);
  const all = eventsOf(drained(box, 0));
  const parts = all.filter(({ type }) => type === "Snapshot");
  const rows = all.filter(({ type }) => type !== "Snapshot");
  const later = lived([], { createdAt: 1000, transitions: 3 });

  /** A receiver that also holds rows of an earlier epoch, which no part lists. */
  const withGhosts = (): Merge => {
    const box2 = outboxOf(new Map([["ghost", "1"]]));
    box2.lead({ createdAt: 500, transitions: 0 });
    return heard(eventsOf(drained(box2, 0)));
  };
  const hasGhost = (receiver: Merge): boolean => receiver.rows().has(keyOf("ghost"));
  const edited = (event: BusEvent | undefined, edit: object): BusEvent =>
    ({ ...event, detail: { ...event?.detail, ...edit } }) as BusEvent;

  test("of which a part is missing deletes nothing; with all of them it does", () => {
    const receiver = heard([...rows, ...parts.slice(1)], withGhosts());
    expect([parts.length, hasGhost(receiver)]).toEqual([3, true]);

    heard(parts.slice(0, 1), receiver);
    expect([hasGhost(receiver), receiver.rows().size]).toEqual([false, 1700]);
  });

  test.each([
    ["its digest is another", { digest: "0123456789abcdef" }, "parts-differ"],
    ["its parts are counted otherwise", { of: 2 }, "parts-differ"],
    ["its rows are counted otherwise", { count: 1699 }, "parts-differ"],
    ["its fence is another", { upTo: 99_999 }, "parts-differ"],
    ["it leaves out a row", { rows: [] }, "index-untrue"],
  ] as const)(
    "deletes nothing where in a part %s, and is asked for again",
    (_what, edit, refused) => {
      const receiver = heard([...rows, ...parts.slice(0, 2)], withGhosts());
      const answer = receiver.receive(edited(parts[2], edit), 0);

      expect(answer).toEqual({ changed: [], refused, wish: true });
      expect(hasGhost(receiver)).toBe(true);
    },
  );

  test("that is whole and wrong in all its parts deletes nothing either", () => {
    const receiver = heard(rows, withGhosts());
    const forged = parts.map((part) => edited(part, { digest: "0123456789abcdef" }));
    const answers = forged.map((part) => receiver.receive(part, 0).refused);

    expect(answers).toEqual([undefined, undefined, "index-untrue"]);
    expect(hasGhost(receiver)).toBe(true);
  });

  test("that names rows which never come is asked for again, once they have had time", () => {
    const receiver = heard([...rows.slice(1), ...parts]);

    expect([receiver.tick(19_999), receiver.tick(20_000)]).toEqual([false, true]);
  });

  test("that is overtaken by its own rows asks for nothing", () => {
    const receiver = heard([...parts, ...rows]);

    expect([receiver.rows().size, receiver.tick(20_000)]).toEqual([1700, false]);
  });

  test("is no reason to delete what was told after it", () => {
    const { words, packets } = lived([{ uid: "z", word: "1", taken: true }]);
    const [first, index, ...after] = eventsOf(packets);
    const receiver = heard([...after, ...[first, index].flatMap((one) => one ?? [])]);

    expect(rowsIn(receiver)).toEqual(sorted(words));
    expect(later.packets.length).toBeGreaterThan(0);
  });
});

describe("a heartbeat", () => {
  const changes: readonly Step[] = [
    { uid: "a", word: "7", taken: true },
    { uid: "b", word: undefined, taken: true },
  ];
  const beatOf = ({ box }: ReturnType<typeof lived>) => eventsOf([box.heartbeat(0, { kinds: [] })]);

  test("that fits what is here asks for nothing", () => {
    const all = lived(changes);
    const receiver = heard([...eventsOf(all.packets), ...beatOf(all)]);

    expect(receiver.tick(LATER)).toBe(false);
  });

  test.each([2, 3])("notices within 20 s that event %i never came", (lost) => {
    const all = lived(changes);
    const events = eventsOf(all.packets).filter((_, at) => at !== lost);
    const receiver = heard([...events, ...beatOf(all)]);

    expect([receiver.tick(19_999), receiver.tick(20_000), receiver.tick(20_001)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("that overtakes what it speaks of asks for nothing", () => {
    const all = lived(changes);
    const [beat] = beatOf(all);
    const events = eventsOf(all.packets);
    const receiver = heard([...events.slice(0, 2), ...(beat ? [beat] : []), ...events.slice(2)]);

    expect(receiver.tick(20_000)).toBe(false);
  });

  test("that is overtaken by later changes is compared with what there was", () => {
    const all = lived(changes);
    const [beat] = beatOf(all);
    all.words.set("a", "8");
    all.box.touched(keyOf("a"), "soon");
    const after = eventsOf(drained(all.box, 9 * LATER));
    const receiver = heard([...eventsOf(all.packets), ...after, ...(beat ? [beat] : [])]);

    expect([after.length, receiver.tick(20_000)]).toEqual([1, false]);
  });
});
