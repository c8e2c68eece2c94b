import type { Command } from "commander";
import { redactDump } from "#shared/adapters/files/redact-dump.ts";
import { usage } from "./failure.ts";
import type { Io } from "./io.ts";
import { FILES } from "./options.ts";
import { checkOut, openSink } from "./sink.ts";
import { thousands } from "./source.ts";
import { collected } from "./words.ts";

type RedactOptions = { readonly filename?: readonly string[]; readonly out?: string };

export const redactOptions = (command: Command): Command =>
  command
    .option("-f, --filename <path>", FILES, collected)
    .option("--out <file>", "write it there, whole or not at all; else to standard output");

export async function redact({ filename, out }: RedactOptions, io: Io): Promise<number> {
  if (filename === undefined)
    throw usage("redact what?", "name a dump with -f, or - for standard input");
  await checkOut(out);
  const sink = await openSink(out, io);
  try {
    const { kept, leftOut, lost } = await redactDump(
      filename,
      (text) => sink.write(text),
      filename.includes("-") ? io.stdin() : undefined,
    );
    sink.done();
    io.stderr.write(
      `dsaudit: ${thousands(kept)} objects kept, ${thousands(leftOut)} left out that no audit reads\n`,
    );
    if (lost > 0)
      io.stderr.write(
        `dsaudit: warning: ${thousands(lost)} more could not be read, and the copy does not say so: collect again, or tell whoever gets it\n`,
      );
  } catch (error) {
    sink.drop();
    throw error;
  }
  return 0;
}
