import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { readLive } from "#shared/adapters/kubernetes/read-live.ts";
import type { Pace } from "#shared/adapters/kubernetes/retry.ts";
import type { Cluster, Kind } from "#shared/cluster/cluster.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { AuditReport } from "#shared/events/audit-report.ts";
import { dsaudit } from "../fixtures/command.ts";
import { findBed, type Bed } from "./bed.ts";
import { namesOf } from "./every-kind.ts";
import type { World } from "./world.ts";

/** A minute of a suite stands for the hour of an operator. */
const CONFIG = "grace: {nodeStart: 1s, podStart: 1s, nodeNotReady: 1s, terminating: 1s}\n";

/** The bed's own folder, which goes with it. */
export const folderOf = ({ kubeconfig }: World): string => dirname(kubeconfig);

export async function bedOf(world: World): Promise<Bed> {
  const found = await findBed(folderOf(world));
  if (!found) throw new Error("the bed has gone");
  return found;
}

/** The command as a person runs it, with this kubeconfig; without one, with the reader's. */
export async function audit(world: World, kubeconfig = world.kubeconfigOf("reader")) {
  const config = join(folderOf(world), "config.yaml");
  await writeFile(config, CONFIG);
  const argv = ["audit", "--kubeconfig", kubeconfig, "--config", config];
  const { code, out, err } = await dsaudit([...argv, "-o", "json", "--placements"]);
  return { code, out, err, report: out === "" ? undefined : AuditReport.parse(JSON.parse(out)) };
}
export type Audited = Awaited<ReturnType<typeof audit>>;

/** What was not read, and why. */
export const why = ({ report }: Audited): readonly (readonly [kind: string, why: string])[] =>
  report?.notSeenBecause.map((one) => [one.kind, one.why] as const) ?? [];
export const cannotSee = ({ report }: Audited): AuditReport["findings"] =>
  report?.findings.filter(({ cause }) => cause === "cannot-see") ?? [];
export const covered = ({ report }: Audited): readonly string[] =>
  report?.placements?.flatMap((one) =>
    one.verdict === "covered" ? [`${one.daemonSet} ${one.node}`] : [],
  ) ?? [];

/** A line as the report prints it, run with the bed's own kubectl as its administrator. */
export async function kubectl(world: World, line: string): Promise<void> {
  const { program } = await bedOf(world);
  const script = `kubectl() { "$BED" kubectl "$@"; }\n${line}`;
  const env = { ...process.env, BED: program, KUBECONFIG: world.kubeconfig };
  await promisify(execFile)("sh", ["-e", "-c", script], { env });
}

type Reading = { readonly pace?: Pace; readonly onPage?: (kind: Kind) => void };

export const readAsReader = (world: World, { pace, onPage }: Reading = {}): Promise<Cluster> =>
  readLive({
    kubeconfig: world.kubeconfigOf("reader"),
    pace,
    onProgress: ({ kind }) => onPage?.(kind),
  });

/**
 * What was read and is not there, was not read and is there, or was read twice. Of what others change meanwhile, only what
 * stayed must have been read.
 */
export async function notAsListed(
  world: World,
  read: () => Promise<Cluster>,
): Promise<readonly string[]> {
  const before = await Promise.all(RESOURCES.map((resource) => namesOf(world, resource)));
  const cluster = await read();
  const after = await Promise.all(RESOURCES.map((resource) => namesOf(world, resource)));
  return RESOURCES.flatMap(({ kind }, i) => {
    const names = cluster[kind].map(({ namespace, name }) => `${namespace}/${name}`);
    const seen = new Set(names);
    const [old, now] = [before[i] ?? seen, after[i] ?? seen];
    const stayed = [...old].filter((name) => now.has(name));
    return [
      ...(stayed.length === 0 ? [`there is no ${kind} to read`] : []),
      ...(seen.size < names.length ? [`some ${kind} was read twice`] : []),
      ...stayed.filter((name) => !seen.has(name)).map((name) => `${kind} ${name} was not read`),
      ...names
        .filter((name) => !old.has(name) && !now.has(name))
        .map((name) => `${kind} ${name} is not there`),
    ];
  });
}
