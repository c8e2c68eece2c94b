import { AuditorError } from "#shared/auditor-error.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { ListHead, StreamSink } from "#shared/cluster/read/json-stream.ts";
import { redact } from "#shared/cluster/redact.ts";
import { escapeUnseen } from "#shared/report/json.ts";
import { readFiles } from "./read-files.ts";
import type { Bytes } from "./unpack.ts";

export type Redacted = {
  readonly kept: number;
  readonly leftOut: number;
  /** Objects, files and further pages that the copy lacks though an audit would have read them: it cannot tell so itself. */
  readonly lost: number;
};

/**
 * Writes what these files hold as one v1 List that can be shared, piece by piece: only objects that an audit reads, of them only
 * what it reads. Throws as readFiles does, and "input.unreadable" when nothing was left to write.
 */
export async function redactDump(
  paths: readonly string[],
  write: (text: string) => void,
  stdin?: Bytes,
): Promise<Redacted> {
  const tally = { kept: 0, leftOut: 0, lost: 0 };
  const object = (json: unknown, list: ListHead | undefined): void => {
    const head = {
      kind: list?.kind.replace(/List$/, "") ?? "",
      apiVersion: list?.apiVersion ?? "",
    };
    const clean = redact(json, head);
    if (clean === undefined) {
      tally.leftOut += 1;
      return;
    }
    write(`${tally.kept === 0 ? OPENING : ",\n"}${escapeUnseen(JSON.stringify(clean))}`);
    tally.kept += 1;
  };
  const lose = (): void => void (tally.lost += 1);
  const sink: StreamSink = {
    object,
    list: (head) => (head.continue === "" ? undefined : lose()),
    // Outside of a list there may be anything; a document that was cut off was begun.
    broken: (what, _offset, list) =>
      what === "cut-off" || list !== undefined ? lose() : undefined,
  };
  await readFiles(paths, { stdin, sinkFor: () => sink, onUnread: lose });
  if (tally.kept === 0)
    throw new AuditorError(
      "input.unreadable",
      `no objects that an audit reads in ${paths.map((path) => printable(path)).join(", ")}`,
    );
  write("\n]}\n");
  return tally;
}

const OPENING = '{"apiVersion":"v1","kind":"List","items":[\n';
