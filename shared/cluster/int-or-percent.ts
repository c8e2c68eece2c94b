import type { IntOrPercent } from "./daemon-set.ts";

/**
 * What a number or a percentage comes to of `total`, rounded up as the DaemonSet controller does; undefined when it is
 * neither. Mirrors apimachinery/pkg/util/intstr, GetScaledValueFromIntOrPercent with roundUp.
 */
export function scaledUp(value: IntOrPercent, total: number): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : undefined;
  const match = /^([+-]?\d{1,9})%$/.exec(value);
  // "-0" would leak out of Math.ceil for small negative shares.
  return match ? Math.ceil((Number(match[1]) * total) / 100) + 0 : undefined;
}
