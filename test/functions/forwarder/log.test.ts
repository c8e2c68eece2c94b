import { expect, test } from "vitest";
import { AuditorError } from "#shared/auditor-error.ts";
import { failed, jsonLog, type Level, type Log } from "../../../functions/forwarder/log.ts";

function logged(level: Level = "info") {
  const lines: string[] = [];
  const time = { now: Date.UTC(2026, 10, 25) };
  const log: Log = jsonLog({
    level,
    write: (line) => void lines.push(line),
    now: () => time.now,
  });
  return { lines, time, log, said: () => lines.map((line) => JSON.parse(line) as unknown) };
}

test("a line is one JSON object with its moment, level, message and fields", () => {
  const { log, lines, said } = logged();
  log.info("started", { port: 8080, dryRun: true, nothing: undefined });

  expect(said()).toEqual([
    { at: "2026-11-25T00:00:00.000Z", level: "info", message: "started", port: 8080, dryRun: true },
  ]);
  expect(lines[0]?.endsWith("}\n")).toBe(true);
});

test.each([
  ["debug", 4],
  ["info", 3],
  ["warn", 2],
  ["error", 1],
] as const)("at level %s only what matters as much is said", (level, count) => {
  const { log, lines } = logged(level);
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");

  expect(lines.length).toBe(count);
});

test("what comes from outside is cut, made printable, and has no credentials", () => {
  const { log, said } = logged();
  log.warn("no answer", {
    why: "GET https://me:hunter2@host/ \u001b[2J token=abcdef",
    long: "x".repeat(5000),
  });
  const [line] = said() as [{ why: string; long: string }];

  expect(line.why).toBe("GET https://***@host/ \\x1b[2J token=***");
  expect(line.long.length).toBe(500);
});

test("the same words are said once a minute, with how often they were left out", () => {
  const { log, time, said } = logged();
  for (let second = 0; second < 130; second += 1) {
    log.warn("no bus", { why: "timeout" });
    time.now += 1000;
  }
  log.warn("no bus", { why: "another" });

  expect(said().map((line) => (line as { repeated?: number }).repeated)).toEqual([
    undefined,
    59,
    59,
    undefined,
  ]);
});

test("of what was thrown, the words and the advice are said, and nothing that hangs on it", () => {
  const { log, said } = logged();
  const error = Object.assign(new AuditorError("cluster.forbidden", "may not", { hint: "grant" }), {
    config: { token: "secret-1" },
  });
  failed(log, "the Lease could not be held", error);

  expect(said()).toEqual([
    {
      at: "2026-11-25T00:00:00.000Z",
      level: "warn",
      message: "the Lease could not be held",
      why: "may not",
      hint: "grant",
    },
  ]);
});
