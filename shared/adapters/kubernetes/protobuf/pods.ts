import { isNamespaceName, isObjectName } from "#shared/cluster/name.ts";
import type { Pod, PodSpec, PodStatus } from "#shared/cluster/pod.ts";
import { atRoot, newReading, type At, type Reading } from "#shared/cluster/read/json.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import { readPodSpec } from "#shared/cluster/read/pod-spec.ts";
import { readPodStatus } from "#shared/cluster/read/pod.ts";
import { cutWhole, newCut, wholeKey, type Cut } from "./cut.ts";
import { memo, newKey, type Key, type Memo } from "./memo.ts";
import { readMessage, type Json, type Message } from "./message.ts";
import * as plans from "./plans.ts";
import { specWith, statusAt, type Affinity } from "./pod-again.ts";
import { pod as table, podSpec } from "./pod.ts";
import { textAt, wordAt } from "./text.ts";
import { BYTES, expectType, length, skip, tag, type Wire } from "./wire.ts";

/** A pod, and the version that it says it is of. */
export type FoundPod = { readonly object: Pod; readonly version: string };

/** Different templates, sorts of labels and states beyond this are not worth their memory. */
const MOST = 4096;
/** Each node's daemons are pinned to it. */
const MOST_NODES = 20_000;

export type PodReader = {
  /** undefined: whoever reads all objects has to read it. Throws BadWire. */
  readonly read: (wire: Wire) => FoundPod | undefined;
  /** Forgets what pods had in common. */
  readonly forget: () => void;
};

/** What pods had in common so far. */
type Known = {
  readonly cut: Cut;
  readonly affinityKey: Key;
  readonly metadata: Memo<Pod>;
  readonly specs: Memo<PodSpec>;
  readonly affinities: Memo<Affinity>;
  readonly statuses: Memo<PodStatus>;
  reading: Reading;
};

/** Something about this pod is out of the ordinary. */
class Unusual extends Error {}
const UNUSUAL = new Unusual("out of the ordinary");

const inside = (key: string): Message => table.find((field) => field?.key === key)?.of ?? [];
const [METADATA, STATUS] = [inside("metadata"), inside("status")];
/** Numbers of what in a spec is each one's own. */
const [NODE_NAME, AFFINITY_AT] = [10, 18];
const AFFINITY: Message = podSpec[AFFINITY_AT]?.of ?? [];
const COMMON_SPEC: Message = podSpec.map((field, number) =>
  number === NODE_NAME || number === AFFINITY_AT ? undefined : field,
);

/**
 * Pods of one revision say the same, but for names, times and their node. What they have in common is made once, by the readers
 * that read every object; here what is each one's own is put to it. What is wrong or odd in any way is not read here.
 */
export function podReader(): PodReader {
  const known: Known = {
    cut: newCut(),
    affinityKey: newKey(),
    metadata: memo(MOST),
    specs: memo(MOST),
    affinities: memo(MOST_NODES),
    statuses: memo(MOST),
    reading: newReading(),
  };
  return {
    read(wire) {
      try {
        return readPod(known, wire);
      } catch (error) {
        if (error === UNUSUAL) return undefined;
        throw error;
      }
    },
    forget() {
      for (const one of [known.metadata, known.specs, known.affinities, known.statuses])
        one.clear();
      known.reading = newReading();
    },
  };
}

/** Where metadata, spec and status are, and how long. */
const places = { at: [-1, -1, -1], size: [0, 0, 0] };

function findParts(wire: Wire): void {
  places.at.fill(-1);
  while (wire.at < wire.end) {
    const read = tag(wire);
    const part = (read >>> 3) - 1;
    if (part > 2) skip(wire, read & 7);
    else {
      expectType(read & 7, BYTES);
      // Two of one are one in two parts.
      if ((places.at[part] ?? 0) >= 0) throw UNUSUAL;
      const size = length(wire);
      places.at[part] = wire.at;
      places.size[part] = size;
      wire.at += size;
    }
  }
  // Go never leaves one out.
  if (places.at.includes(-1)) throw UNUSUAL;
}

/** From here on the wire is this part of the pod. */
function enter(wire: Wire, part: number): Wire {
  wire.at = places.at[part] ?? 0;
  wire.end = wire.at + (places.size[part] ?? 0);
  return wire;
}

function readPod(known: Known, wire: Wire): FoundPod {
  findParts(wire);
  const spec = specOf(known, enter(wire, 1));
  const status = statusOf(known, enter(wire, 2));
  const common = metadataOf(known, enter(wire, 0));
  const { own, times } = known.cut;
  const text = (at: number): string => textAt(wire.bytes, own[at] ?? 0, own[at + 1] ?? 0);
  const [name, uid, version] = [text(1), text(4), text(7)];
  if (!isPlainName(name) && !isObjectName(name)) throw UNUSUAL;
  const created = common.createdAt === undefined ? 0 : 1;
  const { namespace, labels, annotations, owners, generation, doNotDisrupt } = common;
  const object: Pod = {
    name,
    namespace,
    uid,
    labels,
    annotations,
    owners,
    generation,
    createdAt: created === 0 ? undefined : times[0],
    deletionAt: common.deletionAt === undefined ? undefined : times[created],
    spec,
    status,
    doNotDisrupt,
  };
  return { object, version };
}

const [DASH, ZERO, NINE, A, Z] = [0x2d, 0x30, 0x39, 0x61, 0x7a] as const;
const isAlphanumeric = (code: number): boolean =>
  (code >= A && code <= Z) || (code >= ZERO && code <= NINE);

/** A legal name of the sort that nearly every pod has: without dots. */
function isPlainName(name: string): boolean {
  const { length: size } = name;
  if (size === 0 || size > 253) return false;
  for (let i = 0; i < size; i += 1) {
    const code = name.charCodeAt(i);
    if (!isAlphanumeric(code) && (code !== DASH || i === 0 || i === size - 1)) return false;
  }
  return true;
}

/** What a reader makes of it; what it finds wrong in one pod must be told of each. */
function made<T>(known: Known, make: (at: At) => T): T {
  const { reading } = known;
  const value = make(atRoot(reading, () => ""));
  if (reading.problems.length === 0) return value;
  reading.problems.length = 0;
  throw UNUSUAL;
}

type Place = { readonly from: number; readonly end: number };

const decoded = ({ bytes }: Wire, message: Message, { from, end }: Place): Json =>
  readMessage(message, { bytes, at: from, end });

function metadataOf(known: Known, wire: Wire): Pod {
  const { cut, metadata } = known;
  const { at: from, end } = wire;
  cutWhole(cut, plans.METADATA, wire);
  // Name, uid and version, each once.
  if (cut.odd || cut.ownCount !== 9) throw UNUSUAL;
  const before = metadata.find(cut.key);
  if (before !== undefined) return before;
  const json = decoded(wire, METADATA, { from, end });
  const common = made(known, ({ reading }) => readAs("Pod", { metadata: json }, reading));
  const { namespace, createdAt, deletionAt } = common;
  const times = [createdAt, deletionAt].filter((time) => time !== undefined);
  const isWhole =
    times.length === cut.timeCount && (namespace === "" || isNamespaceName(namespace));
  if (!isWhole) throw UNUSUAL;
  metadata.add(cut.key, common);
  return common;
}

function specOf(known: Known, wire: Wire): PodSpec {
  const { cut, specs } = known;
  const { at: from, end } = wire;
  cutWhole(cut, plans.SPEC, wire);
  if (cut.odd) throw UNUSUAL;
  let common = specs.find(cut.key);
  if (common === undefined) {
    const json = decoded(wire, COMMON_SPEC, { from, end });
    common = made(known, (at) => readPodSpec(at, json));
    specs.add(cut.key, common);
  }
  let nodeName = "";
  let affinity: Affinity = common;
  const { own, ownCount } = cut;
  // Each of them once, as the plan knows.
  for (let i = 0; i < ownCount; i += 3) {
    const from = own[i + 1] ?? 0;
    const size = own[i + 2] ?? 0;
    if (own[i] === NODE_NAME) nodeName = wordAt(wire.bytes, from, size);
    else affinity = affinityOf(known, wire, { from, end: from + size });
  }
  return specWith(common, nodeName, affinity);
}

function affinityOf(known: Known, wire: Wire, place: Place): Affinity {
  const { affinityKey: key, affinities } = known;
  wholeKey(key, { bytes: wire.bytes, at: place.from, end: place.end });
  const before = affinities.find(key);
  if (before !== undefined) return before;
  const affinity = decoded(wire, AFFINITY, place);
  const read = made(known, (at) => readPodSpec(at, { affinity }));
  const { requiredNodeAffinity, requiredPodAffinity, requiredPodAntiAffinity } = read;
  const one = { requiredNodeAffinity, requiredPodAffinity, requiredPodAntiAffinity };
  affinities.add(key, one);
  return one;
}

function statusOf(known: Known, wire: Wire): PodStatus {
  const { cut, statuses } = known;
  const { at: from, end } = wire;
  cutWhole(cut, plans.STATUS, wire);
  if (cut.odd) throw UNUSUAL;
  let common = statuses.find(cut.key);
  if (common === undefined) {
    const json = decoded(wire, STATUS, { from, end });
    common = made(known, (at) => readPodStatus(at, json));
    statuses.add(cut.key, common);
  }
  const status = statusAt(common, cut);
  if (status === undefined) throw UNUSUAL;
  return status;
}
