import type { Instant } from "#shared/cluster/metadata.ts";
import { printable } from "#shared/cluster/printable.ts";

/** "1 pod", "3 pods". */
export const counted = (count: number, word: string): string =>
  `${count} ${word}${count === 1 ? "" : "s"}`;

/** Milliseconds for people: "40 s", "24 min", "6 h", "9 d". */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** A message from outside, short enough to be part of a sentence. */
export const quoted = (message: string): string => printable(message.trim(), 240);

/** A message as evidence: whole for people, bounded against whoever writes megabytes of it. */
export const kept = (message: string): string => printable(message.trim(), 2000);

/** The later of two moments of which either may be unknown. */
export const later = (a: Instant | undefined, b: Instant | undefined): Instant | undefined =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b);

const NAMED = 3;

/** "a", "a and b", "a, b, c and 7 more"; `total` where `names` are only the first of more. */
export function listed(names: readonly string[], total = names.length): string {
  if (total <= 1) return names[0] ?? "";
  const cut = total > NAMED + 1;
  const last = cut ? `${total - NAMED} more` : (names.at(-1) ?? "");
  return `${names.slice(0, cut ? NAMED : -1).join(", ")} and ${last}`;
}
