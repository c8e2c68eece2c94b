import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CATALOGUE } from "#shared/audit/catalogue.ts";
import { sharedReader } from "../judged.ts";
import { PROVOCATIONS } from "../provocations/all.ts";
import type { Provocation } from "../provocations/provocation.ts";
import { priorityClasses } from "../random-steps.ts";
import { runTable, type RunRow } from "../run-table.ts";
import { stageOf, strike, type Stage } from "../stage.ts";
import { sight, watch, type Seen } from "../witness.ts";
import { startWorld, type World } from "../world.ts";

/** Longer than every grace of the hurried policy: what has not been said by then is not said. */
const CALM_SECONDS = 7;
const AGED_SECONDS = 32;
const SEEN_SECONDS = 90;
const RESOLVED_SECONDS = 90;

let world: World;
let read: ReturnType<typeof sharedReader>;
beforeAll(async () => {
  world = await startWorld();
  read = sharedReader(world);
  await priorityClasses(world);
});

const rows: RunRow[] = [];
afterAll(async () => {
  await world.close();
  const table = runTable(rows);
  process.stdout.write(`${table}\n`);
  if (process.env["DSAUDIT_RECORD"] !== undefined)
    await writeFile(join(import.meta.dirname, "../RUN.md"), table);
});

type Played = { readonly stage: Stage; readonly look: () => Promise<Seen> };

/** A healthy stage of which the cause is not said. */
async function calm(wanted: Provocation): Promise<Played> {
  const name = wanted.code.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const { count = 3, node = {} } = wanted;
  const stage = await stageOf(world, name, { count, node });
  await wanted.prepare(stage);
  await sleep((wanted.aged ? AGED_SECONDS : CALM_SECONDS) * 1000);
  const look = async (): Promise<Seen> => sight(await read(), stage, wanted);
  expect((await look()).found).toBeUndefined();
  return { stage, look };
}

const untilSeen = (wanted: Provocation, { look }: Played): Promise<number> =>
  watch(
    { look, what: `${wanted.code} is not seen`, seconds: SEEN_SECONDS },
    ({ wrong }) => wrong.length === 0,
  );
const untilResolved = (wanted: Provocation, { look }: Played): Promise<number> =>
  watch(
    { look, what: `${wanted.code} is not resolved`, seconds: RESOLVED_SECONDS },
    ({ found }) => found === undefined,
  );

const note = (wanted: Provocation, seen: number, resolved: number): void =>
  void rows.push({ ...wanted, seen, resolved });

/** What must wait for its nodes to age begins first. */
const managed = PROVOCATIONS.filter(({ unmanaged }) => unmanaged !== true).toSorted(
  (a, b) => Number(b.aged === true) - Number(a.aged === true),
);
const unmanaged = PROVOCATIONS.filter((one) => one.unmanaged === true);

describe.concurrent("provoked, found, repaired, resolved", () => {
  test.each(managed.map((wanted) => [wanted.code, wanted] as const))("%s", async (_, wanted) => {
    const played = await calm(wanted);
    await wanted.provoke(played.stage);
    const seen = await untilSeen(wanted, played);
    await wanted.repair(played.stage);
    const resolved = await untilResolved(wanted, played);
    note(wanted, seen, resolved);
    await strike(played.stage);
    expect(seen + resolved).toBeGreaterThan(0);
  });
});

test("what happens while the controller manager is down", async () => {
  const all = await Promise.all(
    unmanaged.map(async (wanted) => ({ wanted, played: await calm(wanted) })),
  );
  await world.kill("kube-controller-manager");
  const seen = await Promise.all(
    all.map(async ({ wanted, played }) => {
      await wanted.provoke(played.stage);
      return untilSeen(wanted, played);
    }),
  );
  await world.start("kube-controller-manager");
  await Promise.all(
    all.map(async ({ wanted, played }, i) => {
      await wanted.repair(played.stage);
      note(wanted, seen[i] ?? 0, await untilResolved(wanted, played));
    }),
  );
  expect(seen).toHaveLength(unmanaged.length);
});

/** These need something else than a control plane; where they are proved instead. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["cannot-see", "g-reader.suite.ts"],
  ["forwarder-silent", "test/faults"],
]);

test("no cause is left out", () => {
  const provoked = new Set(PROVOCATIONS.map(({ code }) => code));
  const left = CATALOGUE.map(({ code }) => code).filter(
    (code) => !provoked.has(code.replace("RESOURCE", "example.com/device")) && !ELSEWHERE.has(code),
  );
  expect(left).toEqual([]);
});
