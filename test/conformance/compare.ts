import { isRecord } from "#shared/cluster/read/json.ts";
import { parseQuantity } from "#shared/cluster/quantity.ts";
import type { Choice } from "./controller-answers.ts";

/** Lists of these fields are sets: upstream fills them in the order of Go maps or of an informer. */
const UNORDERED: ReadonlySet<string> = new Set(["delete", "create", "insufficient", "reasons"]);
/** Amounts as Kubernetes prints them: "1" and "1000m" are the same one. */
const AMOUNTS: ReadonlySet<string> = new Set(["requests", "limits", "canonical"]);

function sameAmount(ours: unknown, theirs: unknown): boolean {
  const [a, b] = [parseQuantity(ours), parseQuantity(theirs)];
  return a.ok && b.ok && a.quantity.nano === b.quantity.nano;
}

type Same = (ours: unknown, theirs: unknown) => boolean;

/** A reason's message is upstream's whole answer; what stands beside it was cut out of it by whoever recorded it. */
const sameReason: Same = (ours, theirs) =>
  isRecord(ours) && isRecord(theirs) && typeof theirs["message"] === "string"
    ? ours["message"] === theirs["message"]
    : holds(ours, theirs);

function sameSet(ours: readonly unknown[], theirs: readonly unknown[]): boolean {
  if (ours.length !== theirs.length) return false;
  const left = [...ours];
  return theirs.every((wanted) => {
    const found = left.findIndex((one) => sameReason(one, wanted));
    if (found >= 0) left.splice(found, 1);
    return found >= 0;
  });
}

const sameKeys = (
  ours: Readonly<Record<string, unknown>>,
  theirs: Readonly<Record<string, unknown>>,
  same: Same,
): boolean =>
  Object.keys(ours).length === Object.keys(theirs).length &&
  Object.keys(theirs).every((key) => Object.hasOwn(ours, key) && same(ours[key], theirs[key]));

function sameField(key: string, ours: unknown, theirs: unknown): boolean {
  if (AMOUNTS.has(key))
    return isRecord(ours) && isRecord(theirs)
      ? sameKeys(ours, theirs, sameAmount)
      : sameAmount(ours, theirs);
  if (UNORDERED.has(key) && Array.isArray(ours) && Array.isArray(theirs))
    return sameSet(ours, theirs);
  // A map of amounts: an entry more is a difference.
  if (key.endsWith("Milli") && isRecord(ours) && isRecord(theirs))
    return sameKeys(ours, theirs, holds);
  return holds(ours, theirs);
}

/** Each choice took as many of its own as it may, and nothing else went. */
export function isChoice(choices: readonly Choice[], chosen: readonly string[]): boolean {
  const offered = choices.flatMap(({ from }) => from);
  return (
    new Set(chosen).size === chosen.length &&
    chosen.every((name) => offered.includes(name)) &&
    choices.every(
      ({ from, count }) => chosen.filter((name) => from.includes(name)).length === count,
    )
  );
}

/** Everything that was recorded is what we say. What we say beyond it was not asked. */
export function holds(ours: unknown, recorded: unknown): boolean {
  if (Array.isArray(recorded))
    return (
      Array.isArray(ours) &&
      ours.length === recorded.length &&
      recorded.every((one, i) => holds(ours[i], one))
    );
  if (!isRecord(recorded)) return Object.is(ours, recorded);
  return (
    isRecord(ours) && Object.keys(recorded).every((key) => sameField(key, ours[key], recorded[key]))
  );
}
