import * as fc from "fast-check";
import type { Version } from "#shared/cluster/version.ts";
import type { Oracle } from "./oracle-process.ts";
import { ourAnswer, sameAnswer } from "./our-answer.ts";
import { QUESTION_KINDS, QUESTIONS, type QuestionKind } from "./questions/kinds.ts";

/** Kubernetes' own code, and the version that we are told it is of; without one, the newest that we know. */
export type Authority = { readonly oracle: Oracle; readonly version?: Version | undefined };

/** So many cases of a kind, from this seed on. */
export type Asking = { readonly kind: QuestionKind; readonly seed: number; readonly count: number };

const BATCH = 5000;
const inputOf = (kind: QuestionKind): fc.Arbitrary<object> => QUESTIONS[kind].input;

/** As the API server would store it: what is undefined is absent. */
const asJson = (input: object): unknown => JSON.parse(JSON.stringify(input)) as unknown;

async function difference(
  { oracle, version }: Authority,
  kind: QuestionKind,
  input: object,
): Promise<string | undefined> {
  const asked = asJson(input);
  const theirs = await oracle.ask(kind, asked);
  const ours = ourAnswer(kind, asked, version);
  return sameAnswer(kind, ours, theirs)
    ? undefined
    : `Kubernetes says ${JSON.stringify(theirs)}\nwe say ${JSON.stringify(ours)}`;
}

type Differing = { readonly seed: number; readonly index: number; readonly input: object };

/** The smallest input like the one that differed: the same seed and path, asked one by one. */
async function smallest(
  authority: Authority,
  kind: QuestionKind,
  { seed, index, input: found }: Differing,
): Promise<string> {
  const property = fc.asyncProperty(inputOf(kind), async (input) => {
    const differs = await difference(authority, kind, input);
    if (differs !== undefined) throw new Error(differs);
  });
  const shrunk = await fc.check(property, { seed, path: String(index), numRuns: 1 });
  // What left a choice to chance may not differ a second time: then the input as it was.
  const input = shrunk.counterexample?.[0] ?? found;
  const differs = (await difference(authority, kind, input)) ?? "this time both say the same";
  return `${kind}, seed ${seed}, case ${index}\n${JSON.stringify(input)}\n${differs}`;
}

async function batch(authority: Authority, { kind, seed, count }: Asking): Promise<number> {
  const inputs = fc.sample(inputOf(kind), { seed, numRuns: count });
  const found = await Promise.all(inputs.map((input) => difference(authority, kind, input)));
  const index = found.findIndex((one) => one !== undefined);
  const input = inputs[index];
  if (input) throw new Error(await smallest(authority, kind, { seed, index, input }));
  return inputs.length;
}

/** How many of the cases agree: all, or it throws the smallest that does not. */
export async function agreement(authority: Authority, asking: Asking): Promise<number> {
  let agreed = 0;
  for (let { seed } = asking; agreed < asking.count; seed += 1)
    agreed += await batch(authority, {
      ...asking,
      seed,
      count: Math.min(BATCH, asking.count - agreed),
    });
  return agreed;
}

const SHARES = QUESTION_KINDS.reduce((sum, kind) => sum + QUESTIONS[kind].share, 0);

/** How many of so many questions fall to a kind; looks of the controller are counted apart. */
export const casesOf = (
  kind: QuestionKind,
  { functions, syncs }: { readonly functions: number; readonly syncs: number },
): number => (kind === "sync" ? syncs : Math.ceil((functions * QUESTIONS[kind].share) / SHARES));
