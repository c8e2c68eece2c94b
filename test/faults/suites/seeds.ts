import { expect, test } from "vitest";
import { live } from "../live.ts";

const [first = "1", count = "300"] = [
  process.env["DSAUDIT_FAULTS_FROM"],
  process.env["DSAUDIT_FAULTS_SEEDS"],
];

/** Every second seed in one of two files: a core each. */
export function seeds(share: 0 | 1): void {
  for (let seed = Number(first); seed < Number(first) + Number(count); seed += 1) {
    if (seed % 2 !== share) continue;
    test(`seed ${seed}: what is at the other end of the bus is the cluster`, async () => {
      // It throws, with the schedule, when it is not.
      expect(await live(seed)).toBe("in step");
    });
  }
}
