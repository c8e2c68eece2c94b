import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { didYouMean } from "#shared/cluster/nearest-name.ts";
import { absorb } from "./absorb.ts";
import { amplify } from "./amplify.ts";
import { auditDelta } from "./audit-delta.ts";
import { auditFull } from "./audit-full.ts";
import { decode } from "./decode.ts";
import { lineOf, summaryOf, type Figure, type Summary } from "./figure.ts";
import { detect } from "./detect.ts";
import { footprint } from "./footprint.ts";
import { oneshot } from "./oneshot.ts";
import { newReaders, type Readers } from "./readings.ts";
import { storm } from "./storm.ts";
import { sync } from "./sync.ts";

export type Context = {
  /** Also what takes an hour: 500,000 pods. */
  readonly long: boolean;
  /** What could not be measured here, and why. */
  readonly note: (text: string) => void;
};
export type Measure = (context: Context) => Promise<readonly Figure[]> | readonly Figure[];
export type Benches = ReadonlyMap<string, Measure>;

/** Of those who share readers, the slow ones read once for all. */
const benchesWith = (readers: Readers): Benches =>
  new Map<string, Measure>([
    ["audit-full", () => auditFull()],
    ["audit-delta", () => auditDelta()],
    ["decode", () => decode()],
    ["oneshot", () => oneshot()],
    ["sync", (context) => sync({ ...context, readers })],
    ["footprint", (context) => footprint({ ...context, readers })],
    ["absorb", (context) => absorb({ ...context, readers })],
    ["amplify", ({ long }) => amplify({ long })],
    ["storm", () => storm()],
    ["detect", () => detect()],
  ]);

const usage = (benches: Benches): string => `npm run -s bench -- NAME… [--long] [-o json]

  NAME: ${[...benches.keys()].join(", ")}
  --long: 500,000 pods too, ten minutes of calm, and a whole day.
  For each figure: its median, the spread of its rounds, the goal, and whether it holds.
  A benchmark gates nothing. Exit: 0 measured, 1 could not be measured, 2 usage
`;

export type Asked = {
  readonly names: readonly string[];
  readonly json: boolean;
  readonly long: boolean;
};

/** What the words ask for, or what is wrong with them. */
export function askedBy(argv: readonly string[], benches: Benches): Asked | string {
  const names: string[] = [];
  let [json, long] = [false, false];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    if (word === "-o") {
      at += 1;
      if (argv[at] !== "json") return "-o knows json only";
      json = true;
    } else if (word === "--long") long = true;
    else if (benches.has(word)) names.push(word);
    else return `there is no benchmark "${word}".${didYouMean(word, benches.keys())}`;
  }
  return names.length === 0 ? "which benchmark?" : { names, json, long };
}

export type Out = { write(text: string): unknown };

/** Measures one after the other and tells as it goes; the exit code. */
export async function bench(
  argv: readonly string[],
  {
    benches,
    versions,
    out,
    err,
  }: {
    readonly benches: Benches;
    readonly versions: Readonly<Record<string, string>>;
    readonly out: Out;
    readonly err: Out;
  },
): Promise<number> {
  const asked = askedBy(argv, benches);
  if (typeof asked === "string") {
    err.write(`${asked}\n\n${usage(benches)}`);
    return 2;
  }
  const show = (summary: Summary): string =>
    asked.json ? JSON.stringify({ ...summary, versions }) : lineOf(summary);
  const note = (text: string): void => void err.write(`${text}\n`);
  let code = 0;
  for (const name of asked.names) {
    try {
      for (const figure of (await benches.get(name)?.({ long: asked.long, note })) ?? [])
        out.write(`${show(summaryOf(name, figure))}\n`);
    } catch (error) {
      err.write(`${name} could not be measured: ${String(error)}\n`);
      code = 1;
    }
  }
  return code;
}

async function versionsHere(): Promise<Readonly<Record<string, string>>> {
  const file = fileURLToPath(new URL("../../package.json", import.meta.url));
  const { version } = JSON.parse(await readFile(file, "utf8")) as { readonly version: string };
  return { dsaudit: version, node: process.versions.node, v8: process.versions.v8 };
}

if (import.meta.main) {
  const { argv, stdout, stderr } = process;
  const readers = newReaders();
  const settings = { benches: benchesWith(readers), versions: await versionsHere(), out: stdout };
  try {
    process.exitCode = await bench(argv.slice(2), { ...settings, err: stderr });
  } finally {
    await readers.close();
  }
}
