import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import { selfSigned } from "../../fixtures/certificate.ts";
import { dsaudit, type Outcome } from "../../fixtures/command.ts";
import { UNSEEN } from "../../fixtures/saying.ts";
import type { Hostile } from "./corpus.ts";
import { harmless, NEIGHBOURS } from "./fed.ts";
import { inFolder, serving } from "./sources.ts";

const DUMP = JSON.stringify(NEIGHBOURS);

/** An audit with this text as its configuration. */
const configured = (text: string): Promise<Outcome> =>
  inFolder(async (folder) => {
    const path = join(folder, "c.yaml");
    await writeFile(path, text);
    const argv = ["audit", "-f", "-", "--config", path];
    return harmless(() => dsaudit(argv, { stdin: DUMP, cwd: folder }));
  });

/** As the input says it goes on: each line ten of the line before, 10^9 words in the end. */
const SWELLING = Array.from({ length: 9 }, (_, at) => {
  const name = String.fromCharCode(97 + at);
  const of = at === 0 ? "x" : `*${String.fromCharCode(96 + at)}`;
  return `${name}: &${name} [${Array.from({ length: 10 }, () => of).join(",")}]`;
}).join("\n");

/** Ten GiB of blanks, packed twice. */
const bomb = (): Promise<Outcome> =>
  inFolder(async (folder) => {
    const member = gzipSync(Buffer.alloc(64 * 2 ** 20, 0x20));
    const path = join(folder, "dump.json.gz");
    await writeFile(path, gzipSync(Buffer.concat(Array.from({ length: 160 }, () => member))));
    return harmless(() => dsaudit(["audit", "-f", path]), 2000);
  });

/** What was written above the folder that the user stands in. */
const writtenAbove = (): Promise<Outcome> =>
  inFolder(async (folder) => {
    await mkdir(join(folder, "a"));
    const out = join(relative(process.cwd(), join(folder, "a")), "..", "x");
    const outcome = await dsaudit(["audit", "-f", "-", "--out", out], { stdin: DUMP });
    return { ...outcome, out: await readFile(join(folder, "x"), "utf8") };
  });

const unchecked = (): Promise<Outcome> =>
  serving(NEIGHBOURS, (path) => dsaudit(["audit", "--kubeconfig", path]), {
    tls: selfSigned(),
    cluster: { "insecure-skip-tls-verify": true },
  });

type Case = readonly [
  id: string,
  run: (input: string) => Promise<Outcome>,
  code: number,
  says: RegExp,
];

/** The settings that the corpus names are not all ours: each rule is tried on one of ours as well. */
const CASES: readonly Case[] = [
  ["C02", () => configured(SWELLING), 2, /Excessive alias count/],
  ["C04", configured, 2, /c\.yaml:2:1 Map keys must be unique/],
  ["C05", configured, 2, /c\.yaml:1:1 maxNodes is no setting/],
  ["C05", () => configured('version: "1"'), 2, /:1:10 version must be 1, not "1"/],
  ["C08", configured, 2, /window is no setting/],
  ["C08", () => configured("grace: { podStart: 25:00-03:00 }"), 2, /must be a time such as/],
  ["C10", configured, 2, /match is no setting/],
  [
    "C10",
    () => configured('mustCover: [{ daemonSet: "(a+)+$", nodes: "*" }]'),
    2,
    /only \* is special \(no regular expression\)/,
  ],
  ["C11", configured, 2, /c\.yaml:1:1 mtach is no setting.*severities, roles, ignore, grace/],
  ["C11", () => configured("ingore: []"), 2, /:1:1 ingore is no .* Did you mean "ignore"\?/],
  ["C12", configured, 0, /c\.yaml is empty: all defaults hold/],
  ["C14", (input) => harmless(() => dsaudit(["audit", input])), 2, /at most 10 MiB/],
  ["C15", bomb, 2, /more than 2 GiB, or to more than 100 times its size/],
  ["C17", writtenAbove, 0, /100 % covered/],
  ["C17", () => configured("out: ../../etc/x"), 2, /out is no setting/],
  ["C19", unchecked, 0, /warning: .* the kubeconfig says insecure-skip-tls-verify/],
];

/** What is refused is refused before anything is printed or done; the rest of the case's rows are rules beside. */
async function outcome({ id, input, class: expected }: Hostile): Promise<void> {
  const rows = CASES.filter(([of]) => of === id);
  expect(rows[0]?.[2]).toBe(expected === "reject" ? 2 : 0);
  for (const [, run, wanted, says] of rows) {
    const { code, out, err } = await run(String(input));
    expect(code).toBe(wanted);
    expect(out + err).toMatch(says);
    expect(out + err).not.toMatch(UNSEEN);
    if (wanted === 2) expect(out).toBe("");
  }
}

export const CONFIG: ReadonlyMap<string, typeof outcome> = new Map(
  CASES.map(([id]) => [id, outcome] as const),
);
