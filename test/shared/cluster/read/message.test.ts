import { expect, test } from "vitest";
import { atRoot, newReading } from "#shared/cluster/read/json.ts";
import { message } from "#shared/cluster/read/message.ts";

const reading = newReading();
const read = (value: unknown): string =>
  message(
    atRoot(reading, () => "Pod/a/b"),
    { message: value },
    "message",
  );

test.each([
  ["nothing", undefined, ""],
  [
    "plain words",
    "back-off 5m0s restarting failed container",
    "back-off 5m0s restarting failed container",
  ],
  ["a value of a key that names a secret", "api_key=abc down", "api_key=*** down"],
  ["the same again, from memory", "api_key=abc down", "api_key=*** down"],
  ["no text", 5, ""],
] as const)("what was said, without credentials: %s", (_what, value, said) => {
  expect(read(value)).toBe(said);
});

test("what is no text is told", () => {
  expect(reading.problems).toMatchObject([{ code: "object.shape", field: "message" }]);
});

test("more different messages than are remembered are still read right", () => {
  for (let at = 0; at < 9000; at += 1) expect(read(`token=${at} n${at}`)).toBe(`token=*** n${at}`);
});
