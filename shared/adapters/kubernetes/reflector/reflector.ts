import type { Kind, Kinds } from "#shared/cluster/cluster.ts";
import { printable } from "#shared/cluster/printable.ts";
import { redactText } from "#shared/cluster/redact-text.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { protobufFormat } from "#shared/adapters/kubernetes/protobuf/format.ts";
import type { ListReason, Take } from "./change.ts";
import { Silent, type Clock } from "./clock.ts";
import { follow } from "./follow.ts";
import type { Format } from "./format.ts";
import { count, newTally, type Health } from "./health.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { again, relist, type Outcome, type Refusal } from "./outcome.ts";
import { readPages } from "./read-pages.ts";
import { ConsumerThrew, tell, type Run } from "./run.ts";
import type { Source } from "./source.ts";

export type ReflectorOptions<K extends Kind, T> = {
  readonly kind: K;
  /** Only what lies in this namespace. */
  readonly namespace?: string;
  readonly source: Source;
  readonly clock: Clock;
  /** What is kept of each object: nothing else of it stays in memory. */
  readonly keep: (object: Kinds[K]) => T;
  readonly take: Take<T>;
  readonly format?: Format<K>;
  readonly limits?: Partial<Limits>;
};

export type Reflector = {
  /** Resolves when it has stopped; never rejects. */
  readonly done: Promise<void>;
  /** No request and no change after this. */
  stop(): Promise<void>;
  health(): Health;
};

/**
 * Follows all objects of one kind until it is stopped, whatever the server does: what `take` is told, in order, is what the
 * server has. It begins at once and only once; a stopped one does not begin again.
 */
export function reflect<K extends Kind, T>(options: ReflectorOptions<K, T>): Reflector {
  const stopping = new AbortController();
  const run = newRun(options, stopping.signal);
  const done = loop(run);
  return {
    done,
    async stop() {
      stopping.abort();
      return done;
    },
    health: () => ({
      ...run.tally,
      lists: new Map(run.tally.lists),
      inSight: run.seen === "all",
      version: run.version,
    }),
  };
}

function newRun<K extends Kind, T>(options: ReflectorOptions<K, T>, stop: AbortSignal): Run<K, T> {
  const { kind, source, clock, keep, take } = options;
  const resource = RESOURCES.find((one) => one.kind === kind);
  if (!resource) throw new Error(`${kind} is no kind that is read`);
  return {
    resource,
    namespace: options.namespace,
    source,
    clock,
    keep,
    take,
    format: options.format ?? protobufFormat(kind),
    limits: { ...LIMITS, ...options.limits },
    stop,
    tally: newTally(),
    version: "",
    held: 0,
    listedAt: clock.now(),
    why: "start",
    confirming: false,
    olderSince: undefined,
    // Events are not in the server's watch cache, which is what a list inside a watch is made for.
    watchList: kind !== "Event",
    pagesOnce: false,
    resets: 0,
    seen: "nothing",
    failingSince: undefined,
    attempt: 0,
  };
}

async function loop<K extends Kind, T>(run: Run<K, T>): Promise<void> {
  const { stop, clock } = run;
  let todo = relist("start", "none");
  while (!stop.aborted) {
    const began = clock.now();
    todo = await settled(run, await once(run, todo));
    const wait = waitOf(run, todo, clock.now() - began);
    // Only a stop ends a wait before its time.
    if (wait > 0) await clock.wait(wait, stop).catch(() => undefined);
  }
}

/** One list or one watch. Whatever it throws is a reason to try again, never an end. */
async function once<K extends Kind, T>(run: Run<K, T>, todo: Outcome): Promise<Outcome | Refusal> {
  const resets = run.resets;
  try {
    return await (todo.next === "watch" ? follow(run, false) : list(run, todo.why));
  } catch (error) {
    // A watch that began with a list and came to the list's end is a watch like any other.
    const inWatch = todo.next === "watch" || run.resets > resets;
    if (inWatch && error instanceof Silent && error.answered) return quietEnd(run);
    run.tally.lastFailure = printable(
      redactText(error instanceof Error ? error.message : String(error)),
      300,
    );
    if (error instanceof ConsumerThrew) {
      run.tally.consumerThrew += 1;
      return relist("consumer-threw");
    }
    if (!inWatch) run.pagesOnce = error instanceof Silent;
    return again(inWatch ? "watch" : "pages");
  }
}

/**
 * A kind at rest whose server sends no bookmarks looks like a dead connection. Both are healed by a new watch from where it was,
 * at once; only what lies behind a proxy that swallows everything needs the list that comes each hour.
 */
function quietEnd<K extends Kind, T>({ tally, clock, listedAt, limits }: Run<K, T>): Outcome {
  tally.quietEnds += 1;
  if (clock.now() - listedAt > limits.resync) return relist("resync", "none");
  return { next: "watch", wait: "none" };
}

async function list<K extends Kind, T>(
  run: Run<K, T>,
  why: ListReason,
): Promise<Outcome | Refusal> {
  run.why = why;
  count(run.tally.lists, why);
  if (why === "no-watch-list") run.watchList = false;
  const inPages = !run.watchList || run.pagesOnce;
  run.pagesOnce = false;
  return inPages ? readPages(run) : follow(run, true);
}

/** Tells the consumer when it sees nothing any more. Then only a list can tell it that it sees again. */
async function settled<K extends Kind, T>(
  run: Run<K, T>,
  ended: Outcome | Refusal,
): Promise<Outcome> {
  const { outcome, seen } = "outcome" in ended ? ended : { outcome: ended };
  if (run.stop.aborted) return outcome;
  if ("outcome" in ended) run.tally.failures += 1;
  if (outcome.wait !== "none") run.failingSince ??= run.clock.now();
  await tellNotSeen(run, seen ?? (failsTooLong(run) ? "failed" : undefined));
  if (outcome.next === "list" || run.seen === "all") return outcome;
  return { ...outcome, next: "list", why: "not-seen" };
}

function failsTooLong<K extends Kind, T>({ clock, failingSince, limits }: Run<K, T>): boolean {
  return failingSince !== undefined && clock.now() - failingSince >= limits.failedAfter;
}

async function tellNotSeen<K extends Kind, T>(run: Run<K, T>, why: Refusal["seen"]): Promise<void> {
  if (why === undefined || why === run.seen) return;
  try {
    await tell(run, [{ is: "not-seen", why, detail: run.tally.lastFailure }]);
    run.seen = why;
  } catch {
    if (!run.stop.aborted) run.tally.consumerThrew += 1;
  }
}

/**
 * Doubling, with jitter: many watchers that were cut off together do not come back together. What keeps a server from being
 * hammered is the time between two requests, so the time that the last one lived is counted.
 */
function waitOf<K extends Kind, T>(run: Run<K, T>, todo: Outcome, lived: number): number {
  const { clock, limits } = run;
  if (lived >= limits.goodAfter) run.attempt = 0;
  if (todo.wait === "none") return 0;
  if (todo.wait === "refused") return limits.refused * (1 + clock.random() / 10);
  const [first, longest] = limits.backOff;
  const jitter = first * clock.random();
  const most = Math.min(longest, first * 2 ** run.attempt);
  run.attempt = Math.min(run.attempt + 1, MOST_DOUBLINGS);
  const spread = todo.wait === "expired" ? limits.expired * clock.random() : 0;
  // Never less than half: a row of lucky throws would be a storm.
  const backOff = most * (0.5 + clock.random() / 2) - lived;
  return Math.max(jitter, backOff, todo.atLeast ?? 0) + spread;
}

const MOST_DOUBLINGS = 30;
