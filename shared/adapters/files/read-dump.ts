import { AuditorError } from "#shared/auditor-error.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { printable } from "#shared/cluster/printable.ts";
import { assemble, type Assembly } from "#shared/cluster/read/cluster.ts";
import { collectCommand } from "#shared/cluster/read/collect-command.ts";
import { jsonStream } from "#shared/cluster/read/json-stream.ts";
import { dumpFiles, looksLikeObjects, unreadable, type DumpFile } from "./dump-files.ts";
import { dumpSink, type Tally } from "./dump-sink.ts";
import { SNIFFED, textFormat } from "./text-format.ts";
import { peek, unpack, type Bytes } from "./unpack.ts";
import { yamlStream } from "./yaml-items.ts";

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
  const total: Tally = { objects: 0, internal: false };
  for (const path of paths)
    for await (const file of dumpFiles(path, options.stdin ?? process.stdin)) {
      const { objects, internal } = await readFile(file, assembly, options);
      total.objects += objects;
      total.internal ||= internal;
    }
  const cluster = assembly.finish({ at: options.now, name: options.cluster });
  refuseWithoutNodes(cluster, paths, total);
  return cluster;
}

async function readFile(
  file: DumpFile,
  assembly: Assembly,
  options: ReadDumpOptions,
): Promise<Tally> {
  const total: Tally = { objects: 0, internal: false };
  let empty = true;
  try {
    for await (const inner of unpack(file)) {
      if (!file.named || inner.name !== file.name) if (!looksLikeObjects(inner.name)) continue;
      const { tally, bytes } = await readText(inner, assembly, options);
      total.objects += tally.objects;
      total.internal ||= tally.internal;
      empty &&= bytes === 0;
    }
  } catch (error) {
    if (error instanceof AuditorError && (file.named || error.code !== "input.unreadable"))
      throw error;
    if (file.named) throw unreadable(file.name, error);
  }
  if (file.named && empty)
    throw new AuditorError("input.unreadable", `${printable(file.name)} is empty`, {
      hint: `collect the cluster's objects with: ${collectCommand()}`,
    });
  return total;
}

async function readText(
  file: { readonly name: string; readonly bytes: Bytes },
  assembly: Assembly,
  { onProgress }: ReadDumpOptions,
): Promise<{ tally: Tally; bytes: number }> {
  const [first, source] = await peek(file.bytes, SNIFFED);
  const format = textFormat(first);
  if (format === undefined)
    throw new AuditorError("input.unreadable", `${printable(file.name)} is not text`, {
      hint: "give a file of JSON or YAML as kubectl writes it, or a .gz or .tar.gz of such files",
    });
  const { sink, tally } = dumpSink(assembly, file.name);
  const stream = format.syntax === "json" ? jsonStream(sink) : yamlStream(sink);
  const decoder = format.encoding === "utf-8" ? undefined : new TextDecoder(format.encoding);
  let bytes = 0;
  for await (const chunk of source) {
    stream.write(decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk);
    bytes += chunk.length;
    onProgress?.({ file: file.name, bytes, objects: assembly.count() });
  }
  stream.end();
  return { tally, bytes };
}

function refuseWithoutNodes(cluster: Cluster, paths: readonly string[], total: Tally): void {
  if (cluster.Node.length > 0) return;
  const where = paths.map((path) => printable(path === "-" ? "standard input" : path)).join(", ");
  if (total.internal)
    throw new AuditorError(
      "input.unreadable",
      `${where} holds objects in the inner form that kubectl 1.9 and older dumped`,
      { hint: `collect them again with a newer kubectl: ${collectCommand()}` },
    );
  if (total.objects === 0)
    throw new AuditorError("input.unreadable", `no Kubernetes objects in ${where}`, {
      hint: `give -f the JSON or YAML of: ${collectCommand()}`,
    });
  throw new AuditorError("input.no-nodes", `no nodes in ${where}, so nothing can be audited`, {
    hint: `add them with: ${collectCommand(["Node"]).replace("dump.json", "nodes.json")}`,
  });
}
