import { expect, test } from "vitest";
import { progressOn } from "../../../functions/cli/progress.ts";

/** A clock that goes when it is told to. */
function surroundings(columns: number | undefined) {
  let now = 0;
  let due: { readonly at: number; readonly run: () => void }[] = [];
  const written: string[] = [];
  return {
    written,
    waiting: () => due.length,
    pass: (milliseconds: number) => {
      const end = now + milliseconds;
      for (
        let next = due.find(({ at }) => at <= end);
        next;
        next = due.find(({ at }) => at <= end)
      ) {
        const { at, run } = next;
        due = due.filter((one) => one !== next);
        now = at;
        run();
      }
      now = end;
    },
    io: {
      stderr: {
        write: (text: string) => void written.push(text),
        isTerminal: columns !== undefined,
        columns,
      },
      clock: {
        now: () => now,
        after(milliseconds: number, run: () => void) {
          const timer = { at: now + milliseconds, run };
          due.push(timer);
          return () => void (due = due.filter((one) => one !== timer));
        },
      },
    },
  };
}

test("work of less than a second stays silent, and leaves no timer", () => {
  const { io, pass, written, waiting } = surroundings(undefined);
  const progress = progressOn(io);
  progress.says("reading");
  pass(999);
  progress.says("reading more");
  progress.done();
  pass(5000);
  expect(written).toEqual([]);
  expect(waiting()).toBe(0);
});

test("after a second it speaks, even if nothing has come yet; in a log seldom, a line each", () => {
  const { io, pass, written } = surroundings(undefined);
  const progress = progressOn(io);
  progress.says("reading …");
  pass(1000);
  expect(written).toEqual(["reading …\n"]);
  progress.says("10 objects");
  pass(9999);
  expect(written).toEqual(["reading …\n"]);
  pass(1);
  expect(written).toEqual(["reading …\n", "10 objects\n"]);
  progress.done();
  expect(written).toHaveLength(2);
});

test("on a terminal one line is written over, cut to the width, and taken away at the end", () => {
  const { io, pass, written } = surroundings(20);
  const progress = progressOn(io);
  progress.says("reading \u001b[31m a file of a long name");
  pass(1000);
  progress.says("ten");
  pass(200);
  progress.done();
  expect(written).toEqual(["\r\u001b[Kreading \\x1b[31m a…", "\r\u001b[Kten", "\r\u001b[K"]);
});
