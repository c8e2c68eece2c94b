import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startOracle, type Oracle } from "../oracle-process.ts";
import { ourAnswer, sameAnswer } from "../our-answer.ts";
import { QUESTIONS, QUESTION_KINDS, type QuestionKind } from "../questions/kinds.ts";

const LONG = process.env["DSAUDIT_LONG"] !== undefined;
const FUNCTION_CASES = LONG ? 1_000_000 : 21_000;
const CONTROLLER_CASES = LONG ? 5000 : 320;
const BATCH = 5000;
const SEED = Number(process.env["DSAUDIT_SEED"] ?? Date.now() % 1_000_000);
const SHARES = QUESTION_KINDS.reduce((sum, kind) => sum + QUESTIONS[kind].share, 0);

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => oracle.close());

const casesOf = (kind: QuestionKind): number =>
  kind === "sync" ? CONTROLLER_CASES : Math.ceil((FUNCTION_CASES * QUESTIONS[kind].share) / SHARES);

const inputOf = (kind: QuestionKind): fc.Arbitrary<object> => QUESTIONS[kind].input;

/** As the API server would store it: what is undefined is absent. */
const asJson = (input: object): unknown => JSON.parse(JSON.stringify(input)) as unknown;

async function agrees(kind: QuestionKind, input: object): Promise<string | undefined> {
  const asked = asJson(input);
  const theirs = await oracle.ask(kind, asked);
  const ours = ourAnswer(kind, asked);
  return sameAnswer(kind, ours, theirs)
    ? undefined
    : `Kubernetes says ${JSON.stringify(theirs)}\nwe say ${JSON.stringify(ours)}`;
}

/** Finds the smallest input like the one that differed: the same seed and path, asked one by one. */
async function smallest(kind: QuestionKind, seed: number, index: number): Promise<string> {
  const property = fc.asyncProperty(inputOf(kind), async (input) => {
    const difference = await agrees(kind, input);
    if (difference !== undefined) throw new Error(difference);
  });
  const found = await fc.check(property, { seed, path: String(index), numRuns: 1 });
  const input = found.counterexample?.[0];
  const difference = input === undefined ? "" : await agrees(kind, input);
  return `${kind}, seed ${seed}, case ${index}\n${JSON.stringify(input)}\n${difference}`;
}

/** How many of a batch agree; throws with the smallest difference. */
async function batch(kind: QuestionKind, seed: number, count: number): Promise<number> {
  const inputs = fc.sample(inputOf(kind), { seed, numRuns: count });
  const differences = await Promise.all(inputs.map((input) => agrees(kind, input)));
  const first = differences.findIndex((difference) => difference !== undefined);
  if (first >= 0) expect.fail(await smallest(kind, seed, first));
  return inputs.length;
}

test.each(QUESTION_KINDS)("%s is what Kubernetes answers", async (kind) => {
  const count = casesOf(kind);
  let agreed = 0;
  for (let seed = SEED; agreed < count; seed += 1)
    agreed += await batch(kind, seed, Math.min(BATCH, count - agreed));
  expect(agreed).toBe(count);
  process.stdout.write(`${kind}: ${agreed} of ${count} agree, from seed ${SEED}\n`);
});
