import * as z from "zod";
import { printable } from "#shared/cluster/printable.ts";
import { daemonSetsAtOdds, nodesAtOdds, objectsAtOdds, snapshotAtOdds } from "./at-odds.ts";
import { DaemonSetStates } from "./daemon-set-states.ts";
import { firstTrouble, type Trouble } from "./first-trouble.ts";
import { VERSION } from "./header.ts";
import { Heartbeat } from "./heartbeat.ts";
import { NodeStates } from "./node-states.ts";
import { ObjectStates } from "./object-states.ts";
import { notTaken, plainJson, type NotTaken } from "./plain-json.ts";
import { Snapshot } from "./snapshot.ts";

/** Everything a forwarder says, by the detail-type it has on the bus. */
export type BusEvent =
  | { readonly type: "NodeStates"; readonly detail: NodeStates }
  | { readonly type: "DaemonSetStates"; readonly detail: DaemonSetStates }
  | { readonly type: "ObjectStates"; readonly detail: ObjectStates }
  | { readonly type: "Heartbeat"; readonly detail: Heartbeat }
  | { readonly type: "Snapshot"; readonly detail: Snapshot };
export type EventType = BusEvent["type"];

/** A forwarder that may speak: what the bus itself vouches for, and the one cluster that it may speak of. */
export type Sender = {
  readonly source: string;
  readonly account: string;
  readonly region: string;
  /** UID of the cluster's namespace kube-system. */
  readonly cluster: string;
};

export type ReadEvent =
  | {
      readonly ok: true;
      readonly event: BusEvent;
      readonly sender: Sender;
      /** Top-level fields of a later forwarder that were passed over. */
      readonly ignored: number;
    }
  | NotTaken;

const MOST_NAME = 256;
const word = z.string().min(1).max(MOST_NAME);

/** As EventBridge delivers; what it may add is nothing to us. */
const Envelope = z.object({
  version: z.literal("0"),
  id: word,
  "detail-type": word,
  source: word,
  account: word,
  time: word,
  region: word,
  resources: z.array(z.string().max(2048)).max(100),
  detail: z.record(z.string(), z.unknown()),
});
type Envelope = z.infer<typeof Envelope>;

/** One event as the bus delivers it, as text or parsed. Answers a value for whatever it is given, and never throws. */
export function readEvent(input: unknown, senders: readonly Sender[]): ReadEvent {
  const json = plainJson(input);
  if (!json.ok) return json;
  const envelope = taken(Envelope, json.value, "event.shape");
  if (!envelope.ok) return envelope;
  const sender = senderOf(envelope.value, senders);
  return "ok" in sender ? sender : readDetail(envelope.value, sender);
}

function senderOf(
  { source, account, region }: Envelope,
  senders: readonly Sender[],
): Sender | NotTaken {
  const bySource = senders.filter((one) => one.source === source);
  if (bySource.length === 0) return unknown("source", source);
  const byAccount = bySource.filter((one) => one.account === account);
  if (byAccount.length === 0) return unknown("account", account);
  return byAccount.find((one) => one.region === region) ?? unknown("region", region);
}

const SHOWN = 80;
const unknown = (what: "source" | "account" | "region" | "type", text: string): NotTaken =>
  notTaken(`${what}.unknown`, `the ${what} "${printable(text, SHOWN)}" is not one that may speak`);

/** Never fields of ours, and on the way to what every object inherits. */
const RESERVED = ["constructor", "prototype"];

function readDetail(envelope: Envelope, sender: Sender): ReadEvent {
  const type = envelope["detail-type"];
  const { detail } = envelope;
  const reserved = RESERVED.find((key) => Object.hasOwn(detail, key));
  if (reserved !== undefined)
    return notTaken("event.reserved-key", `detail has a key ${reserved}, which no event has`);
  if (!isType(type)) return unknown("type", type);
  const { version } = detail;
  if (typeof version === "number" && version !== VERSION)
    return notTaken("version.unknown", `version ${version} of ${type} is not known here`);
  const read = READERS[type](detail);
  if (!read.ok) return read;
  const { cluster } = read.event.detail;
  if (cluster !== sender.cluster)
    return notTaken(
      "cluster.other",
      `this source speaks of ${printable(sender.cluster, SHOWN)}, not of ${printable(cluster, SHOWN)}`,
    );
  const ignored = Object.keys(detail).filter((key) => !Object.hasOwn(SHAPE_OF[type], key)).length;
  return { ok: true, event: read.event, sender, ignored };
}

/** What the schema makes of the value, or the first thing that it does not take. */
function taken<T>(
  schema: z.ZodType<T>,
  value: unknown,
  code: "event.shape" | "detail.shape",
): { readonly ok: true; readonly value: T } | NotTaken {
  const trouble = firstTrouble(schema, value);
  if (trouble) return notTaken(code, wordsOf(trouble));
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  return notTaken(code, wordsOf(parsed.error.issues[0] ?? { path: [], message: "" }));
}

type Read = { readonly ok: true; readonly event: BusEvent } | NotTaken;

/** The schema first, then what fields say of each other. */
const reader =
  <T>(
    schema: z.ZodType<T>,
    eventOf: (detail: T) => BusEvent,
    atOdds: (detail: T) => string | undefined = () => undefined,
  ) =>
  (detail: unknown): Read => {
    const parsed = taken(schema, detail, "detail.shape");
    if (!parsed.ok) return parsed;
    const odd = atOdds(parsed.value);
    return odd === undefined
      ? { ok: true, event: eventOf(parsed.value) }
      : notTaken("rows.at-odds", odd);
  };

const READERS: { readonly [T in EventType]: (detail: unknown) => Read } = {
  NodeStates: reader(NodeStates, (detail) => ({ type: "NodeStates", detail }), nodesAtOdds),
  DaemonSetStates: reader(
    DaemonSetStates,
    (detail) => ({ type: "DaemonSetStates", detail }),
    daemonSetsAtOdds,
  ),
  ObjectStates: reader(ObjectStates, (detail) => ({ type: "ObjectStates", detail }), objectsAtOdds),
  Heartbeat: reader(Heartbeat, (detail) => ({ type: "Heartbeat", detail })),
  Snapshot: reader(Snapshot, (detail) => ({ type: "Snapshot", detail }), snapshotAtOdds),
};

const SHAPE_OF: { readonly [T in EventType]: object } = {
  NodeStates: NodeStates.shape,
  DaemonSetStates: DaemonSetStates.shape,
  ObjectStates: ObjectStates.shape,
  Heartbeat: Heartbeat.shape,
  Snapshot: Snapshot.shape,
};

const isType = (type: string): type is EventType => Object.hasOwn(READERS, type);

/** Where, and what is wrong there. Keys and words come from outside. */
function wordsOf({ path, message }: Trouble): string {
  const where = path.map((part) => printable(String(part), SHOWN)).join(".");
  return printable(`${where === "" ? "it" : where}: ${message}`, 300);
}
