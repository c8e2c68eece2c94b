import { plan } from "./cut.ts";
import { isRead } from "./meta.ts";
import { wordAt } from "./text.ts";
import type { Wire } from "./wire.ts";

// What of a pod is the same for many pods, and what is each one's own. Small fields that nobody reads are the same too where it
// is quicker to keep them than to leave them out. Field numbers as in meta.ts and pod.ts: what those tables
// read has a place in these plans, or it would be lost. A test compares them.

/** A text at the begin of a message, not longer than a byte can say: where it begins, or -1. */
function firstText({ bytes, at, end }: Wire): number {
  const size = bytes[at + 1] ?? 0x80;
  return bytes[at] === 10 && size < 0x80 && at + 2 + size <= end ? at + 2 : -1;
}

function isUnreadAnnotation(wire: Wire): boolean {
  const at = firstText(wire);
  return at >= 0 && !isRead(wordAt(wire.bytes, at, wire.bytes[at - 1] ?? 0));
}

const TOKEN = Buffer.from("kube-api-access-");

/** A volume that every pod has, with a name of its own, and that no reader keeps. */
function isToken(wire: Wire): boolean {
  const at = firstText(wire);
  if (at < 0 || (wire.bytes[at - 1] ?? 0) < TOKEN.length) return false;
  for (let i = 0; i < TOKEN.length; i += 1) if (wire.bytes[at + i] !== TOKEN[i]) return false;
  return true;
}

export const METADATA = plan(
  {
    1: "own",
    3: "same",
    5: "own",
    6: "own",
    7: "same",
    8: "time",
    9: "time",
    11: "same",
    12: { unread: isUnreadAnnotation },
    13: "same",
  },
  [11, 12, 13],
);

const container = plan({ 1: "same", 2: "same", 6: "same", 8: "same", 24: "same" }, [6]);

/** A daemon is pinned to its node by its affinity. */
export const SPEC = plan(
  {
    1: { unread: isToken },
    2: container,
    3: "same",
    4: "same",
    6: "same",
    7: "same",
    8: "same",
    9: "same",
    10: "own",
    11: "same",
    12: "same",
    13: "same",
    14: "same",
    18: "own",
    19: "same",
    20: container,
    22: "same",
    24: "same",
    25: "same",
    28: "same",
    29: "same",
    31: "same",
    32: "same",
    33: "same",
    36: "same",
    38: "same",
    40: "same",
  },
  [1, 2, 7, 20, 22, 28, 32, 33, 38],
);

const condition = plan({ 1: "same", 2: "same", 3: "same", 4: "time", 5: "same", 6: "same" }, []);
const running = plan({ 1: "time" }, []);
const terminated = plan({ 1: "same", 3: "same", 4: "same", 5: "time", 6: "time" }, []);
const state = plan({ 1: "same", 2: running, 3: terminated }, []);
const containerStatus = plan(
  { 1: "same", 2: state, 3: state, 4: "same", 5: "same", 10: "same", 11: "same" },
  [10],
);
/** Of an address counts that there is one. */
const address = plan({}, []);

export const STATUS = plan(
  {
    1: "same",
    2: condition,
    3: "same",
    4: "same",
    6: "own",
    7: "time",
    8: containerStatus,
    10: containerStatus,
    11: "same",
    12: address,
    19: "same",
    20: "same",
    21: "same",
  },
  [2, 8, 10, 12, 19, 21],
);
