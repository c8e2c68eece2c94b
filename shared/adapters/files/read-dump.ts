import { AuditorError } from "#shared/auditor-error.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { printable } from "#shared/cluster/printable.ts";
import { assemble } from "#shared/cluster/read/cluster.ts";
import { collectCommand } from "#shared/cluster/read/collect-command.ts";
import { dumpSink, fileUnread, type Tally } from "./dump-sink.ts";
import { readFiles } from "./read-files.ts";
import type { Bytes } from "./unpack.ts";

export type DumpProgress = {
  readonly file: string;
  /** Of this file, unpacked. */
  readonly bytes: number;
  /** Of all files. */
  readonly objects: number;
};

export type ReadDumpOptions = {
  /** Judge at this moment; without it, at the newest moment that the dump tells. */
  readonly now?: Instant | undefined;
  /** The cluster's name; without it, the UID of its kube-system namespace. */
  readonly cluster?: string | undefined;
  /** What "-" stands for. */
  readonly stdin?: Bytes | undefined;
  /** Called for every piece that was read; pace is the caller's. */
  readonly onProgress?: ((progress: DumpProgress) => void) | undefined;
};

/**
 * Reads saved objects: files, folders, archives, "-". Throws AuditorError "input.not-found", "input.unreadable",
 * "input.too-large", and "input.no-nodes" where nothing could be audited; what is merely odd is in Cluster.problems.
 */
export async function readDump(
  paths: readonly string[],
  options: ReadDumpOptions = {},
): Promise<Cluster> {
  const assembly = assemble();
  const tallies: Tally[] = [];
  await readFiles(paths, {
    stdin: options.stdin,
    sinkFor(file) {
      const { sink, tally } = dumpSink(assembly, file);
      tallies.push(tally);
      return sink;
    },
    onUnread: (file) => fileUnread(assembly, file),
    onPiece: (file, bytes) => options.onProgress?.({ file, bytes, objects: assembly.count() }),
  });
  const cluster = assembly.finish({ at: options.now, name: options.cluster });
  refuseWithoutNodes(cluster, paths, tallies);
  return cluster;
}

function refuseWithoutNodes(
  cluster: Cluster,
  paths: readonly string[],
  tallies: readonly Tally[],
): void {
  if (cluster.Node.length > 0) return;
  const where = paths.map((path) => printable(path === "-" ? "standard input" : path)).join(", ");
  if (tallies.some(({ internal }) => internal))
    throw new AuditorError(
      "input.unreadable",
      `${where} holds objects in the inner form that kubectl 1.9 and older dumped`,
      { hint: `collect them again with a newer kubectl: ${collectCommand()}` },
    );
  if (tallies.every(({ objects }) => objects === 0))
    throw new AuditorError("input.unreadable", `no Kubernetes objects in ${where}`, {
      hint: `give -f the JSON or YAML of: ${collectCommand()}`,
    });
  throw new AuditorError("input.no-nodes", `no nodes in ${where}, so nothing can be audited`, {
    hint: `add them with: ${collectCommand(["Node"]).replace("dump.json", "nodes.json")}`,
  });
}
