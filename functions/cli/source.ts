import { readDump } from "#shared/adapters/files/read-dump.ts";
import { readLive } from "#shared/adapters/kubernetes/read-live.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { ReadCluster } from "#shared/ports.ts";
import { usage } from "./failure.ts";
import type { Io } from "./io.ts";
import type { InputOptions } from "./options.ts";
import { progressOn, type Progress } from "./progress.ts";

/** The cluster that the options name: saved with -f, else live. */
export function sourceOf(options: InputOptions, io: Io): ReadCluster {
  const { filename, context, kubeconfig } = options;
  if (filename === undefined)
    return async () => warned(await watched(io, (progress) => live(options, io, progress))(), io);
  if (context !== undefined || kubeconfig !== undefined)
    throw usage(
      "-f reads a dump, --context and --kubeconfig a live cluster: give one of the two",
      "two clusters are two audits",
    );
  if (filename.includes("")) throw usage("-f names no file", "as in: -f dump.json, or -f -");
  return watched(io, (progress) => saved(filename, options, { io, progress }));
}

/** Whoever stands between us and the server may have written what we read. */
function warned(cluster: Cluster, { stderr }: Io): Cluster {
  const insecure = cluster.problems.find(({ code }) => code === "kubeconfig.insecure");
  if (insecure !== undefined)
    stderr.write(
      `dsaudit: warning: nobody checks that this is ${printable(insecure.object, 200)}: the kubeconfig says insecure-skip-tls-verify\n  ${insecure.fix}\n`,
    );
  return cluster;
}

const watched =
  (io: Io, read: (progress: Progress) => ReturnType<ReadCluster>): ReadCluster =>
  async () => {
    const progress = progressOn(io);
    try {
      return await read(progress);
    } finally {
      progress.done();
    }
  };

function live(
  { context, kubeconfig, cluster, now }: InputOptions,
  { env }: Io,
  progress: Progress,
): ReturnType<ReadCluster> {
  progress.says("reading the cluster …");
  return readLive({
    context,
    kubeconfig,
    cluster,
    now,
    environment: env,
    onProgress: ({ kind, objects }) =>
      progress.says(`reading the cluster: ${thousands(objects)} objects, now ${kind}`),
  });
}

function saved(
  files: readonly string[],
  { cluster, now }: InputOptions,
  { io, progress }: { readonly io: Io; readonly progress: Progress },
): ReturnType<ReadCluster> {
  progress.says(files.includes("-") ? "reading standard input …" : "reading …");
  const stdin = files.includes("-") ? io.stdin() : undefined;
  return readDump(files, {
    cluster,
    now,
    stdin,
    onProgress: ({ file, bytes, objects }) =>
      progress.says(
        `reading ${printable(file, 40)}: ${megabytes(bytes)}, ${thousands(objects)} objects`,
      ),
  });
}

export const thousands = (count: number): string =>
  String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");

const megabytes = (bytes: number): string => `${thousands(Math.round(bytes / 1e6))} MB`;
