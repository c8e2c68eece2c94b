import type { Figure } from "./figure.ts";
import type { LifeSize } from "./life/fleet-life.ts";
import { crashLoop, heartbeat, replaceNode, replaceOther, rollOut } from "./life/happenings.ts";
import { newSending, settle, type Sending } from "./life/sending.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Days of a month. */
const MONTH = 30.4;
const REPORTS_EVERY = 5 * MINUTE;

/** What befalls a node in a month; the table of costs assumes the same. */
const MONTHLY = { rollOuts: 2, otherPods: 200, lives: 1 };
/** One pod in so many crashes for ever. */
const CRASHING = 15_000;
const AT_ONCE = 1 / 10;

const SIZE: LifeSize = { nodes: 5000, daemonSets: 15, others: 15 };

/** Plans what happens within `milliseconds`: as much of a month as it is. */
export function planOf({ life }: Sending, milliseconds: number): void {
  const { size, random, time } = life;
  const share = milliseconds / (MONTH * DAY);
  const sometime = (happen: () => void): void => time.after(random.whole(milliseconds), happen);
  const often = (times: number, happen: () => void): void => {
    for (let at = 0; at < Math.round(times); at += 1) sometime(happen);
  };
  const sets = [...life.sets.values()];
  often(MONTHLY.otherPods * size.nodes * share, () => replaceOther(life));
  often(MONTHLY.lives * size.nodes * share, () => replaceNode(life));
  // Of a part of one, a part of the nodes. Not so late that the time ends before they do.
  for (let left = MONTHLY.rollOuts * sets.length * share; left > 0; left -= 1)
    time.after(random.whole(milliseconds / 2), () =>
      rollOut(life, {
        set: random.pick(sets).name,
        atOnce: Math.ceil(size.nodes * AT_ONCE),
        nodes: Math.ceil(size.nodes * Math.min(1, left)),
      }),
    );
  often((size.nodes * size.daemonSets) / CRASHING, () =>
    crashLoop(life, random.pick(sets), random.pick([...life.nodes.keys()])),
  );
  for (const name of life.nodes.keys()) reports(life, name, milliseconds);
}

/** A kubelet's report every five minutes, whether anything changed or not. */
function reports(life: Sending["life"], name: string, milliseconds: number): void {
  const until = life.time.now() + milliseconds;
  const report = (): void => {
    heartbeat(life, name);
    if (life.time.now() + REPORTS_EVERY < until && life.nodes.has(name))
      life.time.after(REPORTS_EVERY, report);
  };
  life.time.after(life.random.whole(REPORTS_EVERY), report);
}

export type Amplify = {
  /** A day, not two hours. */
  readonly long?: boolean;
  readonly size?: LifeSize;
  readonly milliseconds?: number;
  readonly rounds?: number;
};

/** Some hours of a month of 5,000 nodes, in time that costs nothing: what goes on the bus of what the API server told. */
export function amplify(asked: Amplify = {}): readonly Figure[] {
  const { size = SIZE, long = false, milliseconds = long ? DAY : DAY / 12, rounds = 1 } = asked;
  const quiet: number[] = [];
  const ofRaw: number[] = [];
  const ofTransitions: number[] = [];
  const bytes: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const calm = newSending({ size });
    settle(calm);
    for (const name of calm.life.nodes.keys()) reports(calm.life, name, 10 * MINUTE);
    calm.pass(12 * MINUTE);
    quiet.push(calm.life.counts.heartbeats === 0 ? Number.NaN : calm.counts.events);
    const sending = newSending({ size, hourly: true });
    settle(sending);
    planOf(sending, milliseconds);
    sending.pass(milliseconds);
    const { counts, life } = sending;
    ofRaw.push((counts.events + counts.heartbeats) / life.counts.raw);
    ofTransitions.push(counts.events / life.counts.transitions);
    bytes.push(counts.bytes / size.nodes / (milliseconds / (MONTH * DAY)) / 1024);
  }
  return [
    { figure: "bus events / watch events (without Leases)", values: ofRaw, goal: 1 / 150 },
    { figure: "bus events with states / gaps that open or close", values: ofTransitions, goal: 2 },
    { figure: "bus events from heartbeats of kubelets alone", values: quiet, goal: 0 },
    { figure: "KB on the bus per node and month", values: bytes, goal: 1024 },
  ];
}
