import { describe, expect, test } from "vitest";
import type { Cluster } from "#shared/cluster/cluster.ts";
import { alarms } from "./heard.ts";

/**
 * A row of the catalogue of false alarms: a cluster that must alarm nobody, and one that differs from it in what matters and
 * must. The second makes the first worth something: an auditor that is merely deaf fails it.
 */
export type FalseAlarm = readonly [
  rule: string,
  quiet: () => Cluster,
  nearMiss: () => Cluster,
  hears: readonly string[],
];

export const falseAlarms = (rows: readonly FalseAlarm[]): void => {
  describe.each(rows)("%s", (_rule, quiet, nearMiss, hears) => {
    test("alarms nobody", () => {
      expect(alarms(quiet())).toEqual([]);
    });
    test("its near miss is told", () => {
      expect(alarms(nearMiss())).toEqual(hears);
    });
  });
};
