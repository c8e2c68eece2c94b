import { isRecord } from "#shared/cluster/read/json.ts";
import type { Version } from "#shared/cluster/version.ts";
import { readCase, type CaseReader } from "./case-reader.ts";
import * as controller from "./controller-answers.ts";
import * as placing from "./placing-answers.ts";

const ANSWERS: ReadonlyMap<string, (input: CaseReader) => unknown> = new Map([
  ["shouldRun", controller.shouldRunAnswer],
  ["manageNode", controller.manageNodeAnswer],
  ["status", controller.statusAnswer],
  ["rollingUpdate", controller.rollingUpdateAnswer],
  ["sync", controller.syncAnswer],
  ["targetNodeName", controller.targetNodeNameAnswer],
  ["replaceAffinity", controller.replaceAffinityAnswer],
  ["nodeAffinity", placing.nodeAffinityCase],
  ["toleration", placing.tolerationAnswer],
  ["podRequests", placing.podRequestsAnswer],
  ["fit", placing.fitAnswer],
  ["hostPorts", placing.hostPortsAnswer],
  ["kubeletAdmit", placing.kubeletAdmitAnswer],
  ["quantity", placing.quantityAnswer],
  ["selector", placing.selectorAnswer],
]);

/**
 * What we answer to a question that Kubernetes' own functions of `version` were asked; without it of 1.37, the newest that we
 * know. Throws for a kind that we do not know.
 */
export function evaluate(kind: string, input: unknown, version?: Version): unknown {
  const answer = ANSWERS.get(kind);
  if (!answer) throw new Error(`no function of ours answers "${kind}"`);
  return answer(readCase(isRecord(input) ? input : {}, version));
}
