import { readFile } from "node:fs/promises";
import { isRecord } from "#shared/cluster/read/json.ts";
import { holds } from "./compare.ts";
import { evaluate } from "./evaluate.ts";

const USAGE = `npm run -s conformance -- FILE…

  Asks our functions what Kubernetes' own were asked, and compares the answers.
  FILE: JSON, {"cases": [{"id", "kind", "input", "expected"}, …]}
  Exit: 0 all hold, 1 some do not, 2 usage, a file that cannot be read, or one without cases
`;

type Case = {
  readonly id: string;
  readonly kind: string;
  readonly input: unknown;
  readonly expected: unknown;
};

const isCase = (one: unknown): one is Case =>
  isRecord(one) &&
  typeof one["id"] === "string" &&
  typeof one["kind"] === "string" &&
  isRecord(one["input"]) &&
  isRecord(one["expected"]);

/** Throws with what is wrong about the file, for people. */
async function casesOf(file: string): Promise<readonly Case[]> {
  const json: unknown = JSON.parse(await readFile(file, "utf8"));
  const cases = isRecord(json) ? json["cases"] : json;
  if (!Array.isArray(cases) || cases.length === 0) throw new Error("has no cases");
  const wrong = cases.findIndex((one) => !isCase(one));
  if (wrong >= 0)
    throw new Error(`case ${wrong + 1} has no id, kind, input or expected of the right shape`);
  return cases.filter(isCase);
}

type Difference = { readonly id: string; readonly why: string };
type Tally = { held: number; all: number; readonly differing: Difference[] };

function differs({ kind, input, expected }: Case): string | undefined {
  try {
    const ours = evaluate(kind, input);
    return holds(ours, expected)
      ? undefined
      : `recorded ${JSON.stringify(expected)}, ours ${JSON.stringify(ours)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function tally(cases: readonly Case[]): ReadonlyMap<string, Tally> {
  const kinds = new Map<string, Tally>();
  for (const one of cases) {
    const kind = kinds.get(one.kind) ?? { held: 0, all: 0, differing: [] };
    kinds.set(one.kind, kind);
    const why = differs(one);
    kind.all += 1;
    if (why === undefined) kind.held += 1;
    else kind.differing.push({ id: one.id, why });
  }
  return kinds;
}

function report(kinds: ReadonlyMap<string, Tally>): boolean {
  for (const [kind, { held, all, differing }] of kinds) {
    console.log(`${kind}: ${held} of ${all}`);
    for (const { id, why } of differing) console.log(`  ${id}: ${why}`);
  }
  return [...kinds.values()].every(({ differing }) => differing.length === 0);
}

export async function main(files: readonly string[]): Promise<number> {
  if (files.length === 0 || files.some((file) => file.startsWith("-"))) {
    process.stderr.write(USAGE);
    return files.includes("--help") || files.includes("-h") ? 0 : 2;
  }
  const cases: Case[] = [];
  for (const file of files) {
    try {
      cases.push(...(await casesOf(file)));
    } catch (error) {
      console.error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
      return 2;
    }
  }
  return report(tally(cases)) ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
