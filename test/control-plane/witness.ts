import { setTimeout as sleep } from "node:timers/promises";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import { isRecord } from "#shared/cluster/read/json.ts";
import type { Finding } from "#shared/findings/finding.ts";
import { findingsOf } from "#shared/findings/make-findings.ts";
import { HURRIED } from "./judged.ts";
import type { Provocation } from "./provocations/provocation.ts";
import { nodeAt, type Stage } from "./stage.ts";

/** Deep: everything that is wanted is there; lists at least begin so. */
export function holdsAll(seen: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(seen) && wanted.every((one, i) => holdsAll(seen[i], one));
  if (isRecord(wanted))
    return isRecord(seen) && Object.keys(wanted).every((key) => holdsAll(seen[key], wanted[key]));
  return seen === wanted;
}

const nodeName = (stage: Stage, at: number | string): string =>
  typeof at === "number" ? nodeAt(stage, at) : `${stage.name}-${at}`;

function isAbout(stage: Stage, { subject, nodes }: Finding): boolean {
  if (subject.kind === "DaemonSet" || subject.kind === "Service")
    return subject.namespace === stage.name;
  return [subject.name, ...nodes].some((name) => name.startsWith(`${stage.name}-`));
}

export type Seen = {
  /** Of this cause, about this stage. */
  readonly found: Finding | undefined;
  /** Why the finding is not the one that was expected; empty when it is. */
  readonly wrong: readonly string[];
  /** Everything that is said of the stage, for whoever must find out. */
  readonly all: readonly string[];
};

const subjectOf = (stage: Stage, subject: string): string => {
  const [kind = "", name = ""] = subject.split("/");
  if (kind !== "Node") return `${kind}/${stage.name}/${name}`;
  return `Node//${nodeName(stage, /^\d$/.test(name) ? Number(name) : name)}`;
};

function faults(found: Finding, stage: Stage, wanted: Provocation): readonly string[] {
  const { kind, namespace, name } = found.subject;
  const subject = subjectOf(stage, wanted.subject);
  const nodes = wanted.at?.map((at) => nodeName(stage, at)).toSorted();
  const facts = typeof wanted.facts === "function" ? wanted.facts(stage) : wanted.facts;
  return [
    `${kind}/${namespace}/${name}` === subject ? "" : `its subject is ${kind}/${namespace}/${name}`,
    nodes === undefined || nodes.join() === found.nodes.join()
      ? ""
      : `its nodes are ${found.nodes.join()}`,
    found.evidence.some((one) => holdsAll(one.facts, facts))
      ? ""
      : `its evidence is ${JSON.stringify(found.evidence.map((one) => one.facts)).slice(0, 900)}`,
  ].filter((fault) => fault !== "");
}

/** What the audit says of the stage. */
export function sight(cluster: Cluster, stage: Stage, wanted: Provocation): Seen {
  const at = cluster.at + (wanted.later ?? 0) * 1000;
  const policy = { ...HURRIED, ...wanted.policy?.(stage) };
  const about = findingsOf(auditCluster({ ...cluster, at }, policy)).filter((one) =>
    isAbout(stage, one),
  );
  const { code, ignored } = wanted;
  const found = about.filter(
    ({ cause, evidence }) =>
      cause === code &&
      !(ignored !== undefined && evidence.every(({ facts }) => holdsAll(facts, ignored))),
  );
  const right = found.find((one) => faults(one, stage, wanted).length === 0) ?? found[0];
  return {
    found: right,
    wrong: right === undefined ? ["it is not found"] : faults(right, stage, wanted),
    all: about.map(({ cause, nodes, summary }) => `${cause} [${nodes.join()}] ${summary}`),
  };
}

/** Looks until `enough`; seconds that it took. Fails with everything that was said at last. */
export async function watch(
  { look, what, seconds }: { look: () => Promise<Seen>; what: string; seconds: number },
  enough: (seen: Seen) => boolean,
): Promise<number> {
  const began = Date.now();
  for (;;) {
    const seen = await look();
    const took = (Date.now() - began) / 1000;
    if (enough(seen)) return took;
    if (took > seconds)
      throw new Error(
        `${what} after ${seconds} s: ${seen.wrong.join("; ")}\n${seen.all.join("\n")}`,
      );
    await sleep(200);
  }
}
