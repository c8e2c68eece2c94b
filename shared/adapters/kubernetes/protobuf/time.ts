import { eachField, expectType, int32, int64, length, skip, VARINT, type Wire } from "./wire.ts";

/** Moments recur within an object and among the pods of a rollout. */
const MOST = 4096;
const known = new Map<number, string>();

/** As Go writes a time: RFC 3339, whole seconds. */
function secondsText(seconds: number): string {
  const before = known.get(seconds);
  if (before !== undefined) return before;
  const date = new Date(seconds * 1000);
  const made = Number.isNaN(date.getTime())
    ? `${seconds} s`
    : date.toISOString().replace(".000Z", "Z");
  if (known.size >= MOST) known.clear();
  known.set(seconds, made);
  return made;
}

type Moment = { seconds: number; nanos: number };
const moment: Moment = { seconds: 0, nanos: 0 };

/** false: the message is empty, which is how no time at all is written. */
function read(wire: Wire): boolean {
  const size = length(wire);
  moment.seconds = 0;
  moment.nanos = 0;
  eachField(wire, size, (field, type) => {
    if (field > 2) {
      skip(wire, type);
      return;
    }
    expectType(type, VARINT);
    if (field === 1) moment.seconds = int64(wire);
    else moment.nanos = int32(wire);
  });
  return size > 0;
}

/** metav1.Time has no parts of a second, whatever its message says (its Unmarshal). */
export const time = (wire: Wire): string | undefined =>
  read(wire) ? secondsText(moment.seconds) : undefined;

/** metav1.MicroTime: six digits behind the second. */
export function microTime(wire: Wire): string | undefined {
  if (!read(wire)) return undefined;
  const micros = Math.trunc(moment.nanos / 1000);
  const carried = Math.floor(micros / 1_000_000);
  const rest = String(micros - carried * 1_000_000).padStart(6, "0");
  return secondsText(moment.seconds + carried).replace(/Z$/, `.${rest}Z`);
}
