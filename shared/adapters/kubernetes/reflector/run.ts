import type { InputProblem, Kind, Kinds, NotSeen } from "#shared/cluster/cluster.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { Resource } from "#shared/cluster/read/object.ts";
import type { Change, ListReason, Take } from "./change.ts";
import { untilAborted, type Clock } from "./clock.ts";
import type { Connecting } from "./connection.ts";
import type { Format } from "./format.ts";
import type { Tally } from "./health.ts";
import type { Limits } from "./limits.ts";
import { relist, type Outcome } from "./outcome.ts";
import type { Source } from "./source.ts";
import { compareVersions } from "./versions.ts";

/** All that one reflector has in hand. */
export type Run<K extends Kind, T> = {
  readonly resource: Resource;
  /** undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly source: Source;
  readonly clock: Clock;
  /** Until the server takes nothing of it, or what it sends in it cannot be read. */
  format: Format<K>;
  readonly keep: (object: Kinds[K]) => T;
  readonly take: Take<T>;
  readonly limits: Limits;
  readonly stop: AbortSignal;
  readonly tally: Tally;
  /** The newest version that was told to the consumer; "" before the first. */
  version: string;
  /** How many objects the consumer holds. */
  held: number;
  listedAt: number;
  why: ListReason;
  /** A list that lost over half is being asked for a second time. */
  confirming: boolean;
  olderSince: number | undefined;
  /** Until the server says that it cannot. */
  watchList: boolean;
  /** The server fell silent while it should have listed inside a watch: perhaps it cannot. */
  pagesOnce: boolean;
  /** Lists that were told. */
  resets: number;
  /** What the consumer was last told. */
  seen: "nothing" | "all" | NotSeen["why"];
  failingSince: number | undefined;
  /** Failures in a row, for the back-off. */
  attempt: number;
};

/** What the consumer threw. It has lost a change, so it is told everything again. */
export class ConsumerThrew extends Error {
  constructor(cause: unknown) {
    super("whoever takes the changes threw", { cause });
    this.name = "ConsumerThrew";
  }
}

/** Hands changes over and waits until they are taken. Nothing is handed over after a stop. */
export async function tell<K extends Kind, T>(
  run: Run<K, T>,
  changes: readonly Change<T>[],
): Promise<void> {
  run.stop.throwIfAborted();
  try {
    await untilAborted(Promise.resolve(run.take(changes)), run.stop);
  } catch (cause) {
    run.stop.throwIfAborted();
    throw new ConsumerThrew(cause);
  }
}

export function kept<K extends Kind, T>(run: Run<K, T>, object: Kinds[K]): T {
  try {
    return run.keep(object);
  } catch (cause) {
    throw new ConsumerThrew(cause);
  }
}

const NOT_ACCEPTABLE: readonly number[] = [406, 415];

/** The server has no answer in what it was asked for, but may have one in something plainer, which is asked for from now on. */
export function asksPlainly<K extends Kind, T>(run: Run<K, T>, status: number): boolean {
  const { otherwise } = run.format;
  if (otherwise === undefined || !NOT_ACCEPTABLE.includes(status)) return false;
  run.format = otherwise;
  return true;
}

/** Frames that could not be read before something plainer is asked for. */
const SPOILT = 3;

export function spoilt<K extends Kind, T>(run: Run<K, T>): void {
  run.tally.badLines += 1;
  if (run.tally.badLines >= SPOILT) run.format = run.format.otherwise ?? run.format;
}

export const connecting = <K extends Kind, T>(
  run: Run<K, T>,
  { endless, idle }: { readonly endless: boolean; readonly idle: number },
): Connecting => ({
  source: run.source,
  clock: run.clock,
  accept: run.format.accept,
  endless,
  idle,
  stop: run.stop,
  onByte: () => void (run.tally.lastByte = run.clock.now()),
});

export function pathOf<K extends Kind, T>(
  { resource, namespace }: Run<K, T>,
  query: Readonly<Record<string, string>>,
): string {
  const { group, version, plural } = resource;
  const api = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const within = namespace === undefined ? "" : `/namespaces/${namespace}`;
  return `${api}${within}/${plural}?${new URLSearchParams(query).toString()}`;
}

/** A whole list, of one moment. */
export type Whole<T> = {
  readonly objects: readonly T[];
  readonly version: string;
  readonly problems: readonly InputProblem[];
};

/**
 * A list is told when it is neither older than what was told before, nor one of a sudden loss that no second list has
 * confirmed. undefined: it was told; else what to do instead.
 */
export async function tellWhole<K extends Kind, T>(
  run: Run<K, T>,
  whole: Whole<T>,
): Promise<Outcome | undefined> {
  const { limits, clock, tally } = run;
  if (isOlder(run, whole.version)) {
    tally.olderLists += 1;
    run.olderSince ??= clock.now();
    // A store that was put back from a backup stays behind; whoever refuses that for ever is blind for ever.
    if (clock.now() - run.olderSince < limits.acceptOlder)
      return unlikely(
        run,
        `a list of version ${whole.version} is older than ${run.version}`,
        "older-list",
      );
  }
  run.olderSince = undefined;
  const lost = run.held >= limits.confirmFrom && whole.objects.length * 2 < run.held;
  if (lost && !run.confirming) {
    run.confirming = true;
    return unlikely(run, `a list has ${whole.objects.length} of ${run.held} objects`, "confirm");
  }
  run.confirming = false;
  await tell(run, [{ is: "reset", ...whole, why: run.why }]);
  run.version = whole.version;
  run.held = whole.objects.length;
  run.listedAt = clock.now();
  run.resets += 1;
  run.seen = "all";
  run.failingSince = undefined;
  return undefined;
}

function unlikely<K extends Kind, T>(
  { tally }: Run<K, T>,
  words: string,
  why: "older-list" | "confirm",
): Outcome {
  tally.lastFailure = printable(words, 300);
  return relist(why);
}

const isOlder = <K extends Kind, T>(run: Run<K, T>, version: string): boolean =>
  run.version !== "" && compareVersions(version, run.version) === -1;
