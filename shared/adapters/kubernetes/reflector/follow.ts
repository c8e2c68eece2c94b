import type { Kind } from "#shared/cluster/cluster.ts";
import type { Answer } from "#shared/adapters/kubernetes/api-client.ts";
import type { Change } from "./change.ts";
import { withAnswer, wordsOf } from "./connection.ts";
import type { Encoding, WatchEvent } from "./format.ts";
import { initial, type Initial } from "./initial.ts";
import { FrameTooLong } from "./lines.ts";
import { refusalOf, relist, type Outcome, type Refusal } from "./outcome.ts";
import { asksPlainly, connecting, kept, pathOf, spoilt, tell, tellWhole, type Run } from "./run.ts";
import { compareVersions } from "./versions.ts";

/** One watch, as far as it has come. */
type Watching<K extends Kind, T> = {
  readonly encoding: Encoding<K>;
  /** What there was before the watch, while it is being sent; undefined behind it. */
  initial: Initial<T> | undefined;
  readonly began: number;
  events: number;
};

const WITH_LIST = {
  sendInitialEvents: "true",
  resourceVersionMatch: "NotOlderThan",
} as const;

/** Events are not in the server's watch cache: no bookmark can be counted on, only that the watch ends in its time. */
const LATENESS = 15_000;

/**
 * One watch to its end: from the version that was reached, or with all there is sent first (`withList`). Throws where the
 * connection fails.
 */
export async function follow<K extends Kind, T>(
  run: Run<K, T>,
  withList: boolean,
): Promise<Outcome | Refusal> {
  const { clock, limits } = run;
  const [least, most] = limits.watchSeconds;
  const seconds = Math.round(least + clock.random() * (most - least));
  const idle = run.resource.kind === "Event" ? seconds * 1000 + LATENESS : limits.idle;
  const query = {
    watch: "1",
    allowWatchBookmarks: "true",
    timeoutSeconds: String(seconds),
    ...(withList ? WITH_LIST : { resourceVersion: run.version }),
  };
  run.tally.watches += 1;
  return withAnswer(pathOf(run, query), connecting(run, { endless: true, idle }), async (answer) =>
    takeStream(run, answer, withList),
  );
}

async function takeStream<K extends Kind, T>(
  run: Run<K, T>,
  answer: Answer,
  withList: boolean,
): Promise<Outcome | Refusal> {
  const { clock, limits } = run;
  if (answer.status !== 200) {
    const words = await wordsOf(answer);
    run.tally.lastFailure = words;
    if (asksPlainly(run, answer.status))
      return withList ? relist(run.why, "none") : { next: "watch", wait: "none" };
    return refusalOf(answer, { asking: withList ? "watch-list" : "watch", words, limits });
  }
  if (!withList) run.failingSince = undefined;
  const watching: Watching<K, T> = {
    encoding: run.format.of(answer.headers["content-type"]),
    initial: withList ? initial() : undefined,
    began: clock.now(),
    events: 0,
  };
  const frames = watching.encoding.frames(limits.lineBytes);
  for await (const piece of answer.body) {
    const lines = cutUp(() => frames.write(piece));
    const ended = lines
      ? await takeFrames(run, watching, lines)
      : badLine(run, "a line is too long");
    if (ended) return ended;
  }
  return endOfStream(run, watching);
}

/** The server closed the stream, and cleanly. */
function endOfStream<K extends Kind, T>(
  { clock, limits, listedAt }: Run<K, T>,
  { initial, events, began }: Watching<K, T>,
): Outcome {
  const now = clock.now();
  if (initial) return relist("failed");
  // A version that the server has lost is not always said to be expired: the watch just ends (kubernetes#104171).
  if (events === 0 && now - began < limits.shortWatch) return relist("short-watch");
  if (now - listedAt > limits.resync) return relist("resync", "none");
  return { next: "watch", wait: "back-off" };
}

/** undefined: a line is too long. */
function cutUp(write: () => readonly Uint8Array[]): readonly Uint8Array[] | undefined {
  try {
    return write();
  } catch (error) {
    if (error instanceof FrameTooLong) return undefined;
    throw error;
  }
}

function badLine<K extends Kind, T>(run: Run<K, T>, why: string): Outcome {
  run.tally.lastFailure = why;
  spoilt(run);
  return relist("bad-line");
}

function takeError<K extends Kind, T>(
  { tally }: Run<K, T>,
  { code, message }: { readonly code: number; readonly message: string },
): Outcome {
  tally.lastFailure = `${code} ${message}`;
  return code === 410 ? relist("expired", "expired") : relist("server-error");
}

/** What one piece of the stream brought, handed over at once. undefined: the watch goes on. */
async function takeFrames<K extends Kind, T>(
  run: Run<K, T>,
  watching: Watching<K, T>,
  lines: readonly Uint8Array[],
): Promise<Outcome | undefined> {
  const batch: Batch<T> = { changes: [], version: run.version, held: run.held };
  let ended: Outcome | undefined;
  for (const line of lines) {
    watching.events += 1;
    const event = watching.encoding.event(line);
    if (event.is === "bookmark" && event.endsInitial && watching.initial) {
      const { version } = event;
      ended = await tellWhole(run, { ...watching.initial.whole(), version });
      watching.initial = undefined;
      batch.version = run.version;
      batch.held = run.held;
    } else ended = takeEvent(run, { watching, batch }, event);
    if (ended) break;
  }
  if (batch.changes.length > 0) await tell(run, batch.changes);
  if (!watching.initial) {
    run.version = batch.version;
    run.held = batch.held;
  }
  return ended;
}

type Batch<T> = { readonly changes: Change<T>[]; version: string; held: number };
type Here<K extends Kind, T> = { readonly watching: Watching<K, T>; readonly batch: Batch<T> };

function takeEvent<K extends Kind, T>(
  run: Run<K, T>,
  here: Here<K, T>,
  event: WatchEvent<K>,
): Outcome | undefined {
  const { watching, batch } = here;
  switch (event.is) {
    case "bad":
      return badLine(run, event.why);
    case "error":
      return takeError(run, event);
    case "unknown":
      run.tally.ignored += 1;
      return undefined;
    case "bookmark":
      return takeBookmark(here, event.version);
    case "refused":
      run.tally.refusedObjects += 1;
      return watching.initial ? undefined : advance(run, batch, event.version).ended;
    case "put":
    case "gone":
      return watching.initial
        ? takeInitial(run, watching.initial, event)
        : takeLive(run, batch, event);
  }
}

function takeBookmark<K extends Kind, T>(
  { watching, batch }: Here<K, T>,
  version: string,
): Outcome | undefined {
  // Before the end of what there was, only a server sends one that has not understood that it should say the end.
  if (watching.initial) return relist("no-watch-list", "none");
  if (compareVersions(version, batch.version) !== -1) batch.version = version;
  return undefined;
}

/** In a watch of one kind versions only grow: the same again was told before, an older one means that all may be wrong. */
function advance<K extends Kind, T>(
  { tally }: Run<K, T>,
  batch: Batch<T>,
  version: string,
): { readonly ended?: Outcome; readonly again: boolean } {
  const order = compareVersions(version, batch.version);
  if (order === -1) return { ended: relist("out-of-order"), again: false };
  if (order === 0) tally.ignored += 1;
  else batch.version = version;
  return { again: order === 0 };
}

type Changed<K extends Kind> = WatchEvent<K> & { readonly is: "put" | "gone" };

function takeLive<K extends Kind, T>(
  run: Run<K, T>,
  batch: Batch<T>,
  event: Changed<K>,
): Outcome | undefined {
  const { ended, again } = advance(run, batch, event.version);
  if (ended || again) return ended;
  const { object, problems } = event;
  if (event.is === "put") {
    batch.changes.push({ is: "put", object: kept(run, object), problems });
    if (event.added) batch.held += 1;
  } else {
    const { namespace, name, uid } = object;
    batch.changes.push({ is: "gone", namespace, name, uid });
    batch.held -= 1;
  }
  return undefined;
}

function takeInitial<K extends Kind, T>(
  run: Run<K, T>,
  sent: Initial<T>,
  { is, object, problems }: Changed<K>,
): undefined {
  if (is === "gone") sent.remove(object);
  else sent.put(object, kept(run, object), problems);
  if (sent.size() > run.limits.objects)
    throw new Error(`a list of more than ${run.limits.objects} objects`);
  return undefined;
}
