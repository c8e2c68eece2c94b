import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseVersion } from "#shared/cluster/version.ts";
import { agreement, casesOf } from "../agreement.ts";
import { OLDER } from "../build.ts";
import { startOracle, type Oracle } from "../oracle-process.ts";
import { QUESTION_KINDS } from "../questions/kinds.ts";

// The same questions, asked of an older Kubernetes; our core is told its version and must follow its rules.

const LONG = process.env["DSAUDIT_LONG"] !== undefined;
const CASES = { functions: 100_000, syncs: 600 };
const SEED = Number(process.env["DSAUDIT_SEED"] ?? Date.now() % 1_000_000);
const version = parseVersion(OLDER);

if (!LONG)
  process.stdout.write(
    `Kubernetes ${OLDER}: ${QUESTION_KINDS.length} skipped, asked with --long only (its oracle takes minutes to build)\n`,
  );

describe.skipIf(!LONG)(`Kubernetes ${OLDER}`, () => {
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await startOracle(OLDER);
  });
  afterAll(() => oracle.close());

  test.each(QUESTION_KINDS)(
    "%s is what it answers",
    async (kind) => {
      const count = casesOf(kind, CASES);
      const agreed = await agreement({ oracle, version }, { kind, seed: SEED, count });
      expect(agreed).toBe(count);
      process.stdout.write(`${kind}: ${agreed} of ${count} agree with ${OLDER}, seed ${SEED}\n`);
    },
    600_000,
  );
});
