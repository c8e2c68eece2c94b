import type { Instant } from "#shared/cluster/metadata.ts";
import type { Delivery, PutEntries, TakeWishes } from "#shared/ports.ts";
import { outbox, type Outbox } from "#shared/states/tell/outbox.ts";
import type { Epoch } from "#shared/states/row.ts";
import { rowSource } from "#shared/states/rows/row-source.ts";
import { view as newView, type View } from "#shared/states/view/view.ts";
import { deliver, type Deliveries } from "./deliver.ts";
import type { DeliveryHealth } from "./delivery-health.ts";
import type { Clock } from "./delivery-round.ts";
import type { Sight } from "./sight.ts";
import { watchCluster, type Follow, type Watching } from "./watch-cluster.ts";

/** Whether we are the one whose word counts. Several replicas watch, one speaks. */
export type Leadership = {
  /** To be asked before each thing that only a leader may do. */
  isLeading(): boolean;
  stop(): Promise<void>;
};

/** What the API server says of itself. */
export type Greeting = {
  readonly version: string | undefined;
  /** By its own clock. */
  readonly time: Instant | undefined;
};

export type ForwardPorts = {
  /** UID of the kube-system namespace. */
  readonly cluster: string;
  /** Of this program. */
  readonly version: string;
  readonly follow: Follow;
  readonly lead: (told: (epoch: Epoch | undefined) => void) => Leadership;
  readonly put: PutEntries;
  readonly takeWishes?: TakeWishes | undefined;
  readonly greet: (signal: AbortSignal) => Promise<Greeting>;
  readonly clock: Clock;
  readonly wall: () => Instant;
  /** Something failed that is tried again. */
  readonly trouble: (what: string, error: unknown) => void;
  readonly every?: Partial<Every>;
};

/** Milliseconds between two. */
export type Every = {
  readonly tick: number;
  readonly heartbeat: number;
  readonly snapshot: number;
  readonly wishes: number;
  readonly greeting: number;
};
export const EVERY: Every = {
  tick: 1000,
  heartbeat: 60_000,
  snapshot: 3_600_000,
  wishes: 15_000,
  greeting: 600_000,
};

export type ForwardHealth = {
  readonly sights: readonly Sight[];
  readonly leading: boolean;
  /** The clock's moment of the last round of the loop. */
  readonly lastTick: number;
  readonly sizes: ReturnType<View["sizes"]>;
  /** Rows that wait to be told. */
  readonly waiting: number;
  /** Rows that no event could hold, so far. */
  readonly tooLarge: number;
  readonly delivery: DeliveryHealth;
  /** How far our clock is ahead of the API server's. */
  readonly skewSeconds: number | undefined;
};

export type Forwarding = {
  /** Rejects when it cannot go on; resolves after a stop. */
  readonly done: Promise<void>;
  health(): ForwardHealth;
  /** Tells what is left, lets go of the lead. */
  stop(): Promise<void>;
};

type Run = {
  readonly ports: ForwardPorts;
  readonly every: Every;
  readonly stop: AbortController;
  readonly view: View;
  readonly outbox: Outbox;
  readonly delivery: Deliveries;
  watching: Watching | undefined;
  leadership: Leadership | undefined;
  /** The epoch that we hold. */
  held: Epoch | undefined;
  /** The epoch in which we speak: the one that we hold, once there is a whole view to speak of. */
  spoken: Epoch | undefined;
  /** Aborts when the epoch ends: what is on its way then is not ours to send any more. */
  term: AbortController;
  lastTick: number;
  nextHeartbeat: number;
  nextSnapshot: number;
  skewSeconds: number | undefined;
};

/** As long as the goodbye may take: a pod has 30 s to end. */
const GOODBYE = 5000;

/** The whole forwarder: the cluster is watched, what changed becomes states, and the leader's states go to the bus. */
export function forward(ports: ForwardPorts): Forwarding {
  const run = newRun(ports);
  run.watching = watchCluster({
    view: run.view,
    follow: ports.follow,
    clock: ports.clock,
    onTold({ differed }) {
      if (differed) run.outbox.snapshotDue("relist");
      speak(run);
    },
  });
  run.leadership = ports.lead((epoch) => {
    run.held = epoch;
    speak(run);
  });
  const { signal } = run.stop;
  const loops = [
    run.delivery.run(signal),
    repeat(run, run.every.tick, async () => tick(run)),
    repeat(run, run.every.wishes, async () => takeWishes(run)),
    repeat(run, run.every.greeting, async () => greet(run)),
  ];
  const done = Promise.all(loops).then(() => undefined);
  return {
    done,
    health: () => healthOf(run),
    async stop() {
      await run.watching?.stop();
      run.stop.abort(new Error("stopped"));
      await done.catch(() => undefined);
      if (run.spoken) {
        sayHeartbeat(run);
        await run.delivery.flush(GOODBYE);
      }
      await run.leadership?.stop();
    },
  };
}

function newRun(ports: ForwardPorts): Run {
  const { clock, wall, cluster, version } = ports;
  // The view tells the outbox what changed, and the outbox asks the view what there is.
  const view = newView((key, urgency) => box.touched(key, urgency));
  const box = outbox({ cluster, source: rowSource(view), version });
  const now = clock.now();
  const run: Run = {
    ports,
    every: { ...EVERY, ...ports.every },
    stop: new AbortController(),
    view,
    outbox: box,
    delivery: deliver({
      source: box,
      clock,
      wall,
      put: async (entries, signal) => putAsLeader(run, entries, signal),
    }),
    watching: undefined,
    leadership: undefined,
    held: undefined,
    spoken: undefined,
    term: new AbortController(),
    lastTick: now,
    nextHeartbeat: now,
    nextSnapshot: now,
    skewSeconds: undefined,
  };
  return run;
}

const NOT_LEADING: Delivery = {
  accepted: false,
  code: "NotLeading",
  message: "another replica leads, or none",
};

/** Asked at each sending: a process that stood still for a minute does not know yet that another speaks now. */
const putAsLeader = async (run: Run, ...[entries, signal]: Parameters<PutEntries>) =>
  run.spoken && run.leadership?.isLeading()
    ? run.ports.put(entries, AbortSignal.any([signal, run.term.signal]))
    : entries.map(() => NOT_LEADING);

/** Half a view told as if it were whole would be gaps that are none: nothing is said before every kind was heard of. */
function speak(run: Run): void {
  const epoch = run.watching?.knowsAll() ? run.held : undefined;
  if (epoch === run.spoken) return;
  run.term.abort(new Error("another epoch"));
  run.term = new AbortController();
  run.spoken = epoch;
  run.outbox.lead(epoch);
  run.nextHeartbeat = run.ports.clock.now();
  run.nextSnapshot = run.nextHeartbeat + run.every.snapshot;
}

async function repeat(run: Run, every: number, work: () => Promise<void>): Promise<void> {
  const { clock } = run.ports;
  while (!run.stop.signal.aborted) {
    await work();
    await clock.wait(every, run.stop.signal).catch(() => undefined);
  }
}

async function tick(run: Run): Promise<void> {
  const { clock, wall } = run.ports;
  const now = clock.now();
  run.lastTick = now;
  run.view.tick(wall());
  if (!run.spoken) return;
  if (now >= run.nextSnapshot) {
    run.nextSnapshot = now + run.every.snapshot;
    run.outbox.snapshotDue("hourly");
  }
  if (now >= run.nextHeartbeat) {
    run.nextHeartbeat = now + run.every.heartbeat;
    sayHeartbeat(run);
  }
}

function sayHeartbeat(run: Run): void {
  const { outbox, delivery, ports } = run;
  delivery.say(() =>
    run.spoken === undefined
      ? undefined
      : outbox.heartbeat(ports.wall(), {
          kinds: run.watching?.sights() ?? [],
          skewSeconds: run.skewSeconds,
        }),
  );
}

async function takeWishes({ ports, outbox, spoken, stop }: Run): Promise<void> {
  if (!ports.takeWishes || !spoken) return;
  try {
    const wishes = await ports.takeWishes(stop.signal);
    if (wishes.length > 0) outbox.snapshotDue("wish");
  } catch (error) {
    if (!stop.signal.aborted) ports.trouble("wishes could not be taken", error);
  }
}

async function greet(run: Run): Promise<void> {
  const { ports, stop, view } = run;
  const before = ports.wall();
  try {
    const { version, time } = await ports.greet(stop.signal);
    if (version !== undefined) view.sawVersion(version);
    // Half of the way there and back; the answer tells whole seconds.
    if (time !== undefined)
      run.skewSeconds = Math.round(((before + ports.wall()) / 2 - time) / 1000);
  } catch (error) {
    if (!stop.signal.aborted) ports.trouble("the API server does not tell its version", error);
  }
}

const healthOf = (run: Run): ForwardHealth => ({
  sights: run.watching?.sights() ?? [],
  leading: run.leadership?.isLeading() ?? false,
  lastTick: run.lastTick,
  sizes: run.view.sizes(),
  waiting: run.outbox.waiting(),
  tooLarge: run.outbox.tooLarge(),
  delivery: run.delivery.health(),
  skewSeconds: run.skewSeconds,
});
