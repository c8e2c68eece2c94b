import { pinnedTo, targetNodeName } from "#shared/cluster/affinity.ts";
import {
  manageNode,
  unscheduledWithoutNode,
  type Managed,
} from "#shared/cluster/daemon-controller/manage.ts";
import { podsByNode } from "#shared/cluster/daemon-controller/pods-by-node.ts";
import { rollingUpdate } from "#shared/cluster/daemon-controller/rolling-update.ts";
import { shouldRun } from "#shared/cluster/daemon-controller/should-run.ts";
import { recomputeStatus, type StatusQuestion } from "#shared/cluster/daemon-controller/status.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { isRecord } from "#shared/cluster/read/json.ts";
import type { CaseReader } from "./case-reader.ts";

export function shouldRunAnswer(input: CaseReader): unknown {
  const comparison = input.flag("comparisonOperators");
  const found = shouldRun(input.daemonSet(), input.node(), { comparison });
  return { shouldRun: found.run === "yes", shouldContinueRunning: found.continue === "yes" };
}

const viewOf = (input: CaseReader) => ({
  set: input.daemonSet(),
  now: input.now(),
  updatedHash: input.word("updatedHash"),
  version: input.version,
  options: { comparison: false },
});

export const manageNodeAnswer = (input: CaseReader): Managed =>
  manageNode({
    ...viewOf(input),
    node: input.node(),
    pods: input.pods("podsOnNode"),
    inBackoff: input.flag("inBackoff"),
  });

const statusQuestion = (input: CaseReader): StatusQuestion => ({
  ...viewOf(input),
  nodes: input.nodes(),
  pods: input.pods("pods"),
});

const countersOf = (question: StatusQuestion) => {
  const found = recomputeStatus(question);
  return {
    desiredNumberScheduled: found.desired,
    currentNumberScheduled: found.current,
    numberReady: found.ready,
    numberAvailable: found.available,
    updatedNumberScheduled: found.updated,
    numberMisscheduled: found.misscheduled,
    numberUnavailable: found.unavailable,
  };
};

export const statusAnswer = (input: CaseReader): unknown => countersOf(statusQuestion(input));

export function rollingUpdateAnswer(input: CaseReader): unknown {
  const found = rollingUpdate(statusQuestion(input));
  if (!found) return { error: true };
  return {
    createCount: found.create.length + found.createOnCandidates,
    deleteCount: found.delete.length + found.deleteFromCandidates,
    desiredNumberScheduled: found.desired,
    maxSurge: found.maxSurge,
    maxUnavailable: found.maxUnavailable,
  };
}

export function targetNodeNameAnswer(input: CaseReader): unknown {
  const found = targetNodeName(input.pod());
  return "error" in found
    ? { error: true, nodeName: "" }
    : { error: false, nodeName: found.nodeName };
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

/** Everything but the required node affinity stays as it was. */
export function replaceAffinityAnswer(input: CaseReader): unknown {
  const affinity = isRecord(input.raw["affinity"]) ? input.raw["affinity"] : {};
  const nodeAffinity = isRecord(affinity["nodeAffinity"]) ? affinity["nodeAffinity"] : {};
  const nodeSelectorTerms = pinnedTo(input.word("nodeName")).terms.map(({ matchFields }) => ({
    matchFields,
  }));
  return {
    affinity: {
      ...affinity,
      nodeAffinity: { ...nodeAffinity, [REQUIRED]: { nodeSelectorTerms } },
    },
  };
}

/** So many of these: which, is left to the order of Go's maps and of the informer. */
export type Choice = { readonly from: readonly string[]; readonly count: number };
export type SyncAnswer = {
  readonly create: readonly Choice[];
  readonly delete: readonly Choice[];
  readonly status: unknown;
};

const all = (from: readonly string[]): Choice => ({ from, count: from.length });

/** Of the failed pods of a node one goes, whichever the controller meets first. */
function deletedOn(pods: readonly Pod[], gone: readonly string[]): readonly Choice[] {
  const failed = pods
    .filter(({ status, deletionAt }) => status.phase === "Failed" && deletionAt === undefined)
    .map(({ name }) => name);
  const count = failed.filter((name) => gone.includes(name)).length;
  return [all(gone.filter((name) => !failed.includes(name))), { from: failed, count }];
}

function managedBy(
  question: StatusQuestion,
  waiting: readonly string[],
): Pick<SyncAnswer, "create" | "delete"> {
  const { nodes } = question;
  const byNode = podsByNode(question.pods);
  const managed = nodes.map((node) => {
    const pods = byNode.get(node.name) ?? [];
    const inBackoff = waiting.includes(node.name);
    return { node, pods, ...manageNode({ ...question, node, pods, inBackoff }) };
  });
  return {
    create: [all(managed.filter((one) => one.create).map(({ node }) => node.name))],
    delete: [
      all(unscheduledWithoutNode(question.pods, nodes)),
      ...managed.flatMap((one) => deletedOn(one.pods, one.delete)),
    ],
  };
}

/** One whole look of the controller: it rolls out only when there was nothing to manage. */
export function syncAnswer(input: CaseReader): SyncAnswer {
  const question = statusQuestion(input);
  const status = countersOf(question);
  const managed = managedBy(question, input.words("inBackoff"));
  const busy = [...managed.create, ...managed.delete].some(({ count }) => count > 0);
  const rolls = !busy && question.set.updateStrategy.type === "RollingUpdate";
  const rollout = rolls ? rollingUpdate(question) : undefined;
  if (!rollout) return { ...managed, status };
  return {
    create: [
      all(rollout.create),
      { from: rollout.surgeCandidates, count: rollout.createOnCandidates },
    ],
    delete: [
      all(rollout.delete),
      { from: rollout.candidates, count: rollout.deleteFromCandidates },
    ],
    status,
  };
}
