import { setTimeout as sleep } from "node:timers/promises";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import type { Audit } from "#shared/audit/audit.ts";
import { DEFAULT_POLICY, type AuditPolicy } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Finding } from "#shared/findings/finding.ts";
import { findingsOf } from "#shared/findings/make-findings.ts";
import type { HollowNode } from "../hollow-node.ts";
import type { Stage } from "../stage.ts";
import { holdsAll } from "../witness.ts";

/** One scenario of real life, played once from its beginning to its end. */
export type Scenario = {
  /** S1 … S16: must be found. A1 … A29: must stay quiet. */
  readonly id: string;
  readonly what: string;
  readonly count?: number;
  readonly node?: Partial<HollowNode>;
  readonly policy?: (stage: Stage) => Partial<AuditPolicy>;
  /** Causes that may be told as a warning or worse. All others are false alarms, at whatever moment of the course. */
  readonly loud: readonly string[];
  /** Needs nodes that are older than half a minute. */
  readonly aged?: true;
  play(stage: Stage, eye: Eye): Promise<unknown>;
};

export type Wanted = {
  readonly nodes?: readonly string[];
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly severity?: Finding["severity"];
  readonly remedies?: readonly string[];
};

/** Who watches a stage: every look goes into the record of what was said loudly. */
export type Eye = {
  /** Waits until a finding of this cause is as wanted. */
  until(cause: string, wanted?: Wanted): Promise<Finding>;
  /** Waits until none of this cause is left. */
  gone(cause: string): Promise<void>;
  /** Looks on for so many seconds. */
  watch(seconds: number): Promise<void>;
  now(): Promise<{ readonly audit: Audit; readonly findings: readonly Finding[] }>;
};

/** A second stands for fifteen: rollouts and reboots of a hollow cluster take seconds too. */
export const BRISK: AuditPolicy = {
  ...DEFAULT_POLICY,
  grace: {
    nodeStart: 20,
    windowsNodeStart: 60,
    podStart: 12,
    nodeNotReady: 20,
    nodeNeverReady: 60,
    leaving: 240,
    startupTaint: 40,
    rolloutStuck: 60,
    terminating: 20,
    steadyMisplaced: 3600,
  },
};

const SECONDS = 90;

const isAbout = ({ name }: Stage, { subject, nodes }: Finding): boolean =>
  subject.namespace === name ||
  [subject.name, subject.part ?? "", ...nodes].some(
    (one) => one === name || one.startsWith(`${name}-`),
  );

const shown = ({ cause, severity, nodes, summary, evidence, remedies }: Finding): string =>
  `${cause} (${severity}) [${nodes.join()}] ${summary} ${JSON.stringify(evidence[0]?.facts)} → ${remedies.map(({ action }) => action).join()}`;

const fits = (found: Finding, wanted: Wanted): boolean =>
  (wanted.nodes === undefined || wanted.nodes.toSorted().join() === found.nodes.join()) &&
  (wanted.severity === undefined || wanted.severity === found.severity) &&
  (wanted.facts === undefined ||
    found.evidence.some(({ facts }) => holdsAll(facts, wanted.facts))) &&
  (wanted.remedies ?? []).every((one) => found.remedies.some(({ action }) => action === one));

export type Watched = { readonly eye: Eye; readonly falseAlarms: Set<string> };

/** `policy` of the scenario, else hurried for what must be found and brisk for what must stay quiet. */
export function watchStage(
  read: () => Promise<Cluster>,
  stage: Stage,
  { loud, policy }: { loud: readonly string[]; policy: AuditPolicy },
): Watched {
  const falseAlarms = new Set<string>();
  const now: Eye["now"] = async () => {
    const audit = auditCluster(await read(), policy);
    const findings = findingsOf(audit).filter((one) => isAbout(stage, one));
    for (const one of findings)
      if (one.severity !== "info" && one.ignored === undefined && !loud.includes(one.cause))
        falseAlarms.add(shown(one));
    return { audit, findings };
  };
  const poll = async <T>(
    what: string,
    look: (findings: readonly Finding[]) => T | undefined,
  ): Promise<T> => {
    for (const end = Date.now() + SECONDS * 1000; ; await sleep(200)) {
      const { findings } = await now();
      const seen = look(findings);
      if (seen !== undefined) return seen;
      if (Date.now() > end)
        throw new Error(`${what} after ${SECONDS} s:\n${findings.map(shown).join("\n")}`);
    }
  };
  const eye: Eye = {
    now,
    until: (cause, wanted = {}) =>
      poll(`${cause} is not found`, (findings) =>
        findings.find((one) => one.cause === cause && fits(one, wanted)),
      ),
    gone: async (cause) => {
      await poll(`${cause} is still found`, (findings) =>
        findings.every((one) => one.cause !== cause) ? true : undefined,
      );
    },
    async watch(seconds) {
      for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(200)) await now();
    },
  };
  return { eye, falseAlarms };
}
