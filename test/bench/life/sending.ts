import type { BusEntry } from "#shared/ports.ts";
import { outbox } from "#shared/states/tell/outbox.ts";
import { rowSource } from "#shared/states/rows/row-source.ts";
import { view } from "#shared/states/view/view.ts";
import { newLife, objectsOf, type Life, type LifeSize } from "./fleet-life.ts";
import { CLUSTER } from "../../fixtures/through-states.ts";
import { seeded } from "../random.ts";
import { timeline } from "./timeline.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** As many entries as one call takes. */
const BATCH = 10;
/** As often as the loop of deliveries looks whether anything is due. */
const LOOK = 250;
const START = Date.parse("2026-11-20T00:00:00Z");

/** A cluster that lives, and a forwarder that tells of it to a bus that never fails. */
export type Sending = {
  readonly life: Life;
  readonly held: ReturnType<typeof view>;
  readonly counts: { events: number; heartbeats: number; calls: number; bytes: number };
  /** Lets so much time pass, look by look. */
  pass(milliseconds: number, each?: (at: number) => void): void;
  /** Reads everything again, as after a 410: whether it differed. */
  relist(): boolean;
  waiting(): number;
};

export type SendingOptions = {
  readonly size: LifeSize;
  readonly onEntry?: (entry: BusEntry, at: number) => void;
  /** Snapshots and heartbeats too. */
  readonly hourly?: boolean;
};

export function newSending({ size, onEntry, hourly = false }: SendingOptions): Sending {
  const time = timeline(START);
  // The view tells the outbox what changed, and the outbox asks the view what there is.
  const held = view((key, urgency) => box.touched(key, urgency));
  const box = outbox({ cluster: CLUSTER, source: rowSource(held), version: "0.0.0" });
  const life = newLife({ size, time, random: seeded(1), told: held });
  const counts = { events: 0, heartbeats: 0, calls: 0, bytes: 0 };

  function send(): void {
    for (;;) {
      const packets = box.take(time.now() - START, time.now(), BATCH);
      if (packets.length === 0) return;
      counts.calls += 1;
      for (const packet of packets) {
        counts.events += 1;
        counts.bytes += Buffer.byteLength(packet.detail);
        onEntry?.(packet, time.now());
        box.settled(packet, true);
      }
    }
  }
  const relist = (): boolean => {
    const all = objectsOf(life);
    const differed = [
      held.reset("Node", all.Node),
      held.reset("DaemonSet", all.DaemonSet),
      held.reset("ControllerRevision", all.ControllerRevision),
      held.reset("Pod", all.Pod),
    ];
    return differed.includes(true);
  };
  function tick(): void {
    held.tick(time.now());
    const since = time.now() - START;
    if (hourly && since % HOUR === 0) box.snapshotDue("hourly");
    if (hourly && since % MINUTE === 0) {
      counts.heartbeats += 1;
      box.heartbeat(time.now(), { kinds: [] });
    }
  }
  relist();
  box.lead({ createdAt: START, transitions: 0 });
  return {
    life,
    held,
    counts,
    relist,
    waiting: () => box.waiting(),
    pass(milliseconds, each) {
      const until = time.now() + milliseconds;
      while (time.now() < until) {
        time.pass(Math.min(until, time.now() + LOOK));
        if ((time.now() - START) % 1000 === 0) tick();
        send();
        each?.(time.now());
      }
    },
  };
}

/** Everything has been said, and nothing is counted yet. */
export function settle(sending: Sending): void {
  const { counts, life } = sending;
  sending.pass(3 * MINUTE);
  Object.assign(counts, { events: 0, heartbeats: 0, calls: 0, bytes: 0 });
  Object.assign(life.counts, { raw: 0, heartbeats: 0, transitions: 0 });
}
