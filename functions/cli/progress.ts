import { printable } from "#shared/cluster/printable.ts";
import type { Io } from "./io.ts";

/** A line on stderr for whoever waits. Work of less than a second stays silent. */
export type Progress = {
  /** What is being done now. */
  says(text: string): void;
  done(): void;
};

const SILENT = 1000;
/** A terminal's line is written over; a log gets a new one, so seldom. */
const EVERY = { terminal: 200, log: 10_000 } as const;

export function progressOn({ stderr, clock }: Pick<Io, "stderr" | "clock">): Progress {
  const every = stderr.isTerminal ? EVERY.terminal : EVERY.log;
  const width = stderr.columns ?? 80;
  let text = "";
  let next = clock.now() + SILENT;
  let shown = "";
  let cancel = clock.after(SILENT, tick);

  function show(): void {
    if (text === shown || clock.now() < next) return;
    next = clock.now() + every;
    shown = text;
    const line = printable(text, width - 1);
    stderr.write(stderr.isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
  }
  function tick(): void {
    show();
    cancel = clock.after(every, tick);
  }
  return {
    says(now) {
      text = now;
      show();
    },
    done() {
      cancel();
      if (shown !== "" && stderr.isTerminal) stderr.write("\r\u001b[K");
    },
  };
}
