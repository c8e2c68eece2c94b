import { AuditorError } from "#shared/auditor-error.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { compareEpochs, type Epoch } from "#shared/states/row.ts";
import type { LeaseNow, LeaseStore, Term } from "./lease-store.ts";
import { untilAborted, type Clock } from "./reflector/clock.ts";

/** Times in milliseconds, as client-go's leaderelection.go has them. */
export type LeadLimits = {
  /** So long after a holder was last seen to write, the Lease is free. */
  readonly lease: number;
  /** So long after its last write began, a leader stops to be one: before anybody else may begin. */
  readonly renew: number;
  readonly retry: number;
  /** Of one request. */
  readonly request: number;
  /** Between two tries of somebody who may not, by RBAC. */
  readonly refused: number;
};

export const LEAD_LIMITS: LeadLimits = {
  lease: 15_000,
  renew: 10_000,
  retry: 2000,
  request: 5000,
  refused: 15_000,
};

export type LeadOptions = {
  readonly store: LeaseStore;
  readonly clock: Clock;
  /** The time of day; it is only written into the Lease, for people. */
  readonly wall: () => Instant;
  /** Of this process, not of this pod: one that starts again is another. */
  readonly identity: string;
  readonly limits?: Partial<LeadLimits>;
  /** An epoch: we lead. undefined: no longer. */
  readonly lead: (epoch: Epoch | undefined) => void;
  /** A try that failed. */
  readonly trouble: (error: AuditorError) => void;
};

export type Leadership = {
  readonly done: Promise<void>;
  /** To be asked before each thing that only a leader may do: time may have passed that nobody has told of yet. */
  isLeading(): boolean;
  /** Who holds the Lease, as far as we have seen; "" for nobody. */
  holder(): string;
  /** Lets go of the Lease, so that another need not wait for its end. */
  stop(): Promise<void>;
};

type Run = {
  readonly options: LeadOptions;
  readonly limits: LeadLimits;
  readonly stop: AbortSignal;
  /** The Lease as it was seen last, and when it was first seen so, by our own clock: another's clock tells nothing. */
  seen: { readonly lease: LeaseNow; readonly at: number } | undefined;
  /** The most changes of holder that were seen, of the Lease born last: who puts a Lease back must not put our epochs back. */
  highest: Epoch;
  /** Our own term, while it lasts. */
  term: { readonly epoch: Epoch; readonly acquiredAt: Instant; until: number } | undefined;
};

/** One try of each two seconds to hold the Lease, until it is stopped. Begins at once. */
export function lead(options: LeadOptions): Leadership {
  const stopping = new AbortController();
  const run: Run = {
    options,
    limits: { ...LEAD_LIMITS, ...options.limits },
    stop: stopping.signal,
    seen: undefined,
    highest: { createdAt: 0, transitions: -1 },
    term: undefined,
  };
  const done = loop(run);
  return {
    done,
    isLeading: () => inTerm(run) && !run.stop.aborted,
    holder: () => run.seen?.lease.holder ?? "",
    async stop() {
      stopping.abort();
      return done;
    },
  };
}

const inTerm = ({ term, options }: Run): boolean =>
  term !== undefined && options.clock.now() < term.until;

async function loop(run: Run): Promise<void> {
  const { clock } = run.options;
  while (!run.stop.aborted) {
    let wait = run.limits.retry;
    try {
      await tryOnce(run);
    } catch (cause) {
      if (run.stop.aborted) break;
      const error = troubleOf(cause);
      run.options.trouble(error);
      if (error.code === "cluster.forbidden") wait = run.limits.refused;
    }
    stepDownInTime(run);
    await clock.wait(waitOf(run, wait), run.stop).catch(() => undefined);
    stepDownInTime(run);
  }
  await release(run);
}

/** A leader renews at an even pace and stops in time; of others, no two ask in step (leaderelection.go, JitterFactor 1.2). */
function waitOf({ term, options: { clock } }: Run, wait: number): number {
  if (term) return Math.max(0, Math.min(wait, term.until - clock.now()));
  return wait * (1 + 1.2 * clock.random());
}

const troubleOf = (cause: unknown): AuditorError =>
  cause instanceof AuditorError
    ? cause
    : new AuditorError(
        "cluster.unreachable",
        `the Lease could not be asked for: ${printable(cause instanceof Error ? cause.message : String(cause), 300)}`,
        { cause },
      );

/** Not longer than requests may take, nor than our term does: then there is something else to do first. */
async function tryOnce(run: Run): Promise<void> {
  const { clock } = run.options;
  const rest = run.term ? Math.max(0, run.term.until - clock.now()) : run.limits.request;
  await within(clock, Math.min(run.limits.request, rest), async (over) => {
    const signal = AbortSignal.any([over, run.stop]);
    await untilAborted(attempt(run, signal), signal);
  });
}

async function within<T>(
  clock: Clock,
  limit: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const done = new AbortController();
  clock
    .wait(limit, done.signal)
    .then(() => over.abort(new Error(`no answer for ${Math.round(limit / 1000)} s`)))
    .catch(() => undefined);
  try {
    return await untilAborted(work(over.signal), over.signal);
  } finally {
    done.abort();
  }
}

async function attempt(run: Run, signal: AbortSignal): Promise<void> {
  // The leader writes over what it wrote last, without asking: one request each two seconds.
  if (run.term && run.seen && inTerm(run) && (await renew(run, run.seen.lease, signal))) return;
  const lease = await run.options.store.read(signal);
  signal.throwIfAborted();
  if (lease === "absent") return attemptToCreate(run, signal);
  observe(run, lease);
  if (run.term && lease.holder === run.options.identity && isOurs(run, lease))
    return void (await renew(run, lease, signal));
  // Somebody else wrote, or made the Lease anew.
  stepDown(run);
  if (!isFree(run)) return;
  await take(run, signal, {
    // Every term is another epoch, also one of the same holder: what was said in it is counted from 1 again.
    transitions: next(run, lease),
    write: (term) => run.options.store.update(lease, term, signal),
  });
}

const next = ({ highest }: Run, { createdAt, transitions }: LeaseNow): number =>
  (highest.createdAt >= createdAt ? Math.max(transitions, highest.transitions) : transitions) + 1;

/** A Lease that was taken away from its holder is held until that holder must have noticed. */
async function attemptToCreate(run: Run, signal: AbortSignal): Promise<void> {
  stepDown(run);
  if (run.seen && !isFree(run)) return;
  await take(run, signal, {
    transitions: 0,
    write: (term) => run.options.store.create(term, signal),
  });
}

function observe(run: Run, lease: LeaseNow): void {
  const { seen } = run;
  const same = seen && seen.lease.uid === lease.uid && seen.lease.beat === lease.beat;
  run.seen = { lease, at: same ? seen.at : run.options.clock.now() };
  if (compareEpochs(lease, run.highest) > 0) run.highest = lease;
}

const isOurs = ({ term }: Run, lease: LeaseNow): boolean =>
  term?.epoch.createdAt === lease.createdAt && term.epoch.transitions === lease.transitions;

/** Nobody holds it, or whoever does has not written for as long as it promised. */
function isFree({ seen, limits, options }: Run): boolean {
  // Our own name without a term: an answer to our taking was lost, or came too late.
  if (!seen || seen.lease.holder === "" || seen.lease.holder === options.identity) return true;
  const promised = Math.min(seen.lease.durationSeconds * 1000, 4 * limits.lease);
  return options.clock.now() >= seen.at + Math.max(limits.lease, promised);
}

function termOf({ options, limits, term }: Run, transitions: number): Term {
  const now = options.wall();
  return {
    holder: options.identity,
    durationSeconds: Math.ceil(limits.lease / 1000),
    transitions,
    acquiredAt: term?.acquiredAt ?? now,
    renewedAt: now,
  };
}

/** false: the Lease is no longer as we left it. */
async function renew(run: Run, lease: LeaseNow, signal: AbortSignal): Promise<boolean> {
  const began = run.options.clock.now();
  const written = await run.options.store.update(lease, termOf(run, lease.transitions), signal);
  signal.throwIfAborted();
  if (written === "conflict" || written === "absent") return false;
  observe(run, written);
  // Counted from before the request: whoever sees the write sees it later than that.
  if (run.term && inTerm(run)) run.term.until = began + run.limits.renew;
  return true;
}

type Taking = {
  readonly transitions: number;
  readonly write: (term: Term) => Promise<LeaseNow | "conflict" | "absent">;
};

async function take(run: Run, signal: AbortSignal, { transitions, write }: Taking): Promise<void> {
  const { clock } = run.options;
  const { highest } = run;
  const began = clock.now();
  const term = termOf(run, transitions);
  const lease = await write(term);
  signal.throwIfAborted();
  if (lease === "conflict" || lease === "absent") return;
  observe(run, lease);
  // Birthdays are whole seconds: a Lease that was made anew within the same second counts on, by being taken once more.
  if (compareEpochs(lease, highest) <= 0)
    return take(run, signal, {
      transitions: next(run, lease),
      write: (again) => run.options.store.update(lease, again, signal),
    });
  const until = began + run.limits.renew;
  if (clock.now() >= until) return;
  const epoch = { createdAt: lease.createdAt, transitions: lease.transitions };
  run.term = { epoch, acquiredAt: term.acquiredAt, until };
  run.options.lead(epoch);
}

function stepDownInTime(run: Run): void {
  if (run.term && !inTerm(run)) stepDown(run);
}

function stepDown(run: Run): void {
  if (!run.term) return;
  run.term = undefined;
  run.options.lead(undefined);
}

/** Written over what we saw last, or what our last request made of it; what somebody else has written is theirs. */
async function release(run: Run): Promise<void> {
  const { options, limits, term, seen } = run;
  const inTime = term && options.clock.now() < term.until;
  stepDown(run);
  if (!inTime || !seen) return;
  await within(options.clock, limits.retry, async (signal) => {
    if ((await options.store.update(seen.lease, freed(run, seen.lease), signal)) !== "conflict")
      return;
    const lease = await options.store.read(signal);
    if (lease !== "absent" && lease.holder === options.identity)
      await options.store.update(lease, freed(run, lease), signal);
  }).catch(() => undefined);
}

function freed({ options }: Run, { transitions }: LeaseNow): Term {
  const now = options.wall();
  return { holder: "", durationSeconds: 1, transitions, acquiredAt: now, renewedAt: now };
}
