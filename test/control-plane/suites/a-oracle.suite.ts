import { afterAll, beforeAll, expect, test } from "vitest";
import { agreement, casesOf } from "../agreement.ts";
import { startOracle, type Oracle } from "../oracle-process.ts";
import { QUESTION_KINDS } from "../questions/kinds.ts";

const LONG = process.env["DSAUDIT_LONG"] !== undefined;
const CASES = LONG ? { functions: 1_000_000, syncs: 5000 } : { functions: 21_000, syncs: 320 };
const SEED = Number(process.env["DSAUDIT_SEED"] ?? Date.now() % 1_000_000);
const TIMEOUT = LONG ? 3_600_000 : 300_000;

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => oracle.close());

test.each(QUESTION_KINDS)(
  "%s is what Kubernetes answers",
  async (kind) => {
    const count = casesOf(kind, CASES);
    const agreed = await agreement({ oracle }, { kind, seed: SEED, count });
    expect(agreed).toBe(count);
    process.stdout.write(`${kind}: ${agreed} of ${count} agree, from seed ${SEED}\n`);
  },
  TIMEOUT,
);
