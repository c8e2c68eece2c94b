import * as fc from "fast-check";
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

type Differing = { readonly seed: number; readonly index: number; readonly input: object };

/** The smallest input like the one that differed: the same seed and path, asked one by one. */
async function smallest(kind: QuestionKind, found: Differing): Promise<string> {
  const { seed, index } = found;
  const property = fc.asyncProperty(inputOf(kind), async (input) => {
    const difference = await agrees(kind, input);
    if (difference !== undefined) throw new Error(difference);
  });
  const shrunk = await fc.check(property, { seed, path: String(index), numRuns: 1 });
  // What left a choice to chance may not differ a second time: then the input as it was.
  const input = shrunk.counterexample?.[0] ?? found.input;
  const difference = (await agrees(kind, input)) ?? "this time both say the same";
  return `${kind}, seed ${seed}, case ${index}\n${JSON.stringify(input)}\n${difference}`;
}

/** How many of a batch agree; fails with the smallest difference. */
async function batch(kind: QuestionKind, seed: number, count: number): Promise<number> {
  const inputs = fc.sample(inputOf(kind), { seed, numRuns: count });
  const differences = await Promise.all(inputs.map((input) => agrees(kind, input)));
  const index = differences.findIndex((difference) => difference !== undefined);
  const input = inputs[index];
  if (input) throw new Error(await smallest(kind, { seed, index, input }));
  return inputs.length;
}

const TIMEOUT = LONG ? 3_600_000 : 300_000;

test.each(QUESTION_KINDS)(
  "%s is what Kubernetes answers",
  async (kind) => {
    const count = casesOf(kind);
    let agreed = 0;
    for (let seed = SEED; agreed < count; seed += 1)
      agreed += await batch(kind, seed, Math.min(BATCH, count - agreed));
    expect(agreed).toBe(count);
    process.stdout.write(`${kind}: ${agreed} of ${count} agree, from seed ${SEED}\n`);
  },
  TIMEOUT,
);
