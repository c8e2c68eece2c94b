import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { readEvent, type Sender } from "#shared/events/envelope.ts";
import { harmless, type Json } from "./fed.ts";
import type { Hostile } from "./corpus.ts";

type Stored = { readonly source: string; readonly account: string; readonly region: string } & {
  readonly detail: Json & { readonly cluster: string };
};

const stored = (type: string): Stored =>
  JSON.parse(
    readFileSync(new URL(`../../contracts/v1/${type}.json`, import.meta.url), "utf8"),
  ) as Stored;

const HEARTBEAT = stored("heartbeat");
const NODES = stored("node-states");
const SNAPSHOT = stored("snapshot");
const { source, account, region, detail } = HEARTBEAT;
const SENDERS: readonly Sender[] = [{ source, account, region, cluster: detail.cluster }];

const beat = (over: unknown): Json => ({ ...HEARTBEAT, ...(over as Json) });
const inDetail = ({ detail: own, ...event }: Stored, over: Json): Json => ({
  ...event,
  detail: { ...own, ...over },
});
const detailOf = (input: unknown): Json => (input as { readonly detail: Json }).detail;
/** The input speaks of one object in a shape of its own; ours of rows, each of which has a uid. */
const nodeWith = (input: unknown): Json => {
  const { uid } = (detailOf(input)["object"] as { readonly metadata: Json }).metadata;
  const [first, ...others] = NODES.detail["nodes"] as readonly Json[];
  return inDetail(NODES, { nodes: [{ ...first, uid }, ...others] });
};
const partWith = (input: unknown): Json => inDetail(SNAPSHOT, detailOf(input)["snapshot"] as Json);

/**
 * What the reader answers to the input as it stands, and to an event that is right in all else. That a refused event goes to
 * the dead-letter queue and is counted is the part of whoever calls the reader; it can write no state, for it has none.
 */
const CASES: ReadonlyMap<string, readonly [event: (input: unknown) => unknown, answer: string]> =
  new Map([
    ["E01", [(input) => input, "event.shape"]],
    ["E02", [(input) => input, "event.shape"]],
    ["E03", [(input) => input, "event.not-json"]],
    ["E06", [beat, "source.unknown"]],
    ["E07", [beat, "event.shape"]],
    // The field is called version here.
    [
      "E08",
      [
        (input) =>
          inDetail(HEARTBEAT, { version: Number(String(detailOf(input)["schema"]).slice(1)) }),
        "version.unknown",
      ],
    ],
    [
      "E10",
      [(input) => ({ ...HEARTBEAT, account: (input as Json)["account"] }), "account.unknown"],
    ],
    ["E11", [(input) => ({ ...HEARTBEAT, region: (input as Json)["region"] }), "region.unknown"]],
    ["E14", [nodeWith, "detail.shape"]],
    ["E15", [nodeWith, "detail.shape"]],
    ["E17", [partWith, "rows.at-odds"]],
    ["E19", [partWith, "detail.shape"]],
    ["E22", [(input) => inDetail(HEARTBEAT, detailOf(input)), "taken, 1 passed over"]],
    ["E24", [(input) => input, "event.reserved-key"]],
    [
      "E25",
      [(input) => inDetail(HEARTBEAT, detailOf(JSON.parse(String(input)))), "event.reserved-key"],
    ],
    ["E26", [(input) => input, "event.not-json"]],
    ["E27", [(input) => input, "event.not-json"]],
    ["E28", [(input) => input, "event.not-json"]],
  ]);

export async function envelope({ id, input, class: outcome }: Hostile): Promise<void> {
  const [eventOf, answer] = CASES.get(id) ?? [];
  const asItStands = await harmless(() => readEvent(input, SENDERS));
  const read = await harmless(() => readEvent(eventOf?.(input), SENDERS));

  expect(asItStands.ok).toBe(false);
  expect(read.ok ? `taken, ${read.ignored} passed over` : read.code).toBe(answer);
  expect(read.ok).toBe(outcome === "accept");
}
