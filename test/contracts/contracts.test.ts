import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DaemonSetState, DaemonSetStates } from "#shared/events/daemon-set-states.ts";
import { readEvent, type EventType } from "#shared/events/envelope.ts";
import { Heartbeat } from "#shared/events/heartbeat.ts";
import { NodeState, NodeStates } from "#shared/events/node-states.ts";
import { ObjectState, ObjectStates } from "#shared/events/object-states.ts";
import { PodClass, PodRow } from "#shared/events/pod-rows.ts";
import { Snapshot } from "#shared/events/snapshot.ts";
import { anyJson } from "../fixtures/any-json.ts";

const FOLDER = new URL("./", import.meta.url);
const VERSIONS = readdirSync(FOLDER).filter((name) => /^v\d+$/.test(name));
const STORED = VERSIONS.flatMap((version) =>
  readdirSync(new URL(version, FOLDER)).map((file) => `${version}/${file}`),
);

type Stored = {
  readonly source: string;
  readonly account: string;
  readonly region: string;
  readonly "detail-type": EventType;
  readonly detail: { readonly cluster: string; readonly version: number };
};
const textOf = (file: string): string => readFileSync(new URL(file, FOLDER), "utf8");
const stored = (file: string): Stored => JSON.parse(textOf(file)) as Stored;
const senderOf = ({ source, account, region, detail: { cluster } }: Stored) => ({
  source,
  account,
  region,
  cluster,
});

const SCHEMAS = { NodeStates, DaemonSetStates, ObjectStates, Heartbeat, Snapshot };
const TYPES = Object.keys(SCHEMAS) as EventType[];

test.each(STORED)("today's reader reads all of %s", (file) => {
  const event = stored(file);

  expect(readEvent(textOf(file), [senderOf(event)])).toEqual({
    ok: true,
    event: { type: event["detail-type"], detail: event.detail },
    sender: senderOf(event),
    ignored: 0,
  });
  expect(`v${event.detail.version}`).toBe(file.split("/")[0]);
});

test.each(VERSIONS)("an event of each type is stored for %s", (version) => {
  const types = STORED.filter((file) => file.startsWith(`${version}/`)).map(
    (file) => stored(file)["detail-type"],
  );

  expect(types.toSorted()).toEqual(TYPES.toSorted());
});

test.each(TYPES)("what the schema of %s makes is taken as it is", (type) => {
  fc.assert(
    fc.property(anyJson(SCHEMAS[type]), (detail) => {
      expect(SCHEMAS[type].parse(detail)).toEqual(detail);
    }),
    { numRuns: 60 },
  );
});

/** Every key that is anywhere in it. */
function keysOf(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(keysOf)];
}

const ofRows = (options: readonly { readonly shape: object }[]): readonly string[] =>
  options.flatMap(({ shape }) => Object.keys(shape));

test.each([
  ["NodeStates", ofRows([NodeStates, ...NodeState.options, PodRow, PodClass])],
  ["DaemonSetStates", ofRows([DaemonSetStates, ...DaemonSetState.options])],
  ["ObjectStates", ofRows([ObjectStates, ...ObjectState.options])],
  ["Heartbeat", ofRows([Heartbeat])],
  ["Snapshot", ofRows([Snapshot])],
] as const)("every field of %s stands in the stored example", (type, fields) => {
  const keys = new Set(
    STORED.map(stored)
      .filter((event) => event["detail-type"] === type)
      .flatMap(keysOf),
  );

  expect(fields.filter((field) => !keys.has(field))).toEqual([]);
});
