import { isBrokenNodeSelector, nodeAffinityAnswer } from "#shared/cluster/affinity.ts";
import { isExtended, shortages, type Shortage } from "#shared/cluster/fit.ts";
import { hostPortsOf, portConflicts } from "#shared/cluster/host-ports.ts";
import {
  admissionMessage,
  admissionReason,
  kubeletAdmission,
  type AdmissionFailure,
} from "#shared/cluster/kubelet-admission.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import {
  canonical,
  milliUnits,
  parseQuantity,
  wholeUnits,
  type Amounts,
  type ResourceList,
} from "#shared/cluster/quantity.ts";
import {
  atRoot,
  isRecord,
  newReading,
  record,
  text,
  texts,
  type JsonRecord,
} from "#shared/cluster/read/json.ts";
import { readPodSpec } from "#shared/cluster/read/pod-spec.ts";
import { resourcesAt } from "#shared/cluster/read/resources.ts";
import { labelSelector } from "#shared/cluster/read/selector.ts";
import { requestOptionsOf, type RequestOptions } from "#shared/cluster/request-options.ts";
import { limitList, podRequests, requestList } from "#shared/cluster/requests.ts";
import { roomOf } from "#shared/cluster/room.ts";
import { isBrokenSelector, matchesLabelSelector } from "#shared/cluster/selector.ts";
import { comparisonIn, tolerates, untolerated } from "#shared/cluster/taints.ts";
import { parseVersion, type Version } from "#shared/cluster/version.ts";
import type { CaseReader } from "./case-reader.ts";

const at = () => atRoot(newReading(), () => "case");

export function quantityAnswer(input: CaseReader): unknown {
  const parsed = parseQuantity(input.raw["text"]);
  if (!parsed.ok) return { ok: false };
  const { quantity } = parsed;
  return {
    ok: true,
    canonical: canonical(quantity),
    value: String(wholeUnits(quantity)),
    milli: String(milliUnits(quantity)),
  };
}

export function selectorAnswer(input: CaseReader): unknown {
  const selector = labelSelector(at(), input.raw, "selector");
  const labels = new Map(
    Object.entries(input.inside("labels")).map(([key, value]) => [key, String(value)]),
  );
  return {
    error: selector !== undefined && isBrokenSelector(selector),
    match: matchesLabelSelector(selector, labels) === "yes",
  };
}

/** A term that this Kubernetes cannot parse: to us its answer is unknown, to it no, with an error. */
export function nodeAffinityCase(input: CaseReader): unknown {
  const spec = readPodSpec(at(), input.inside("podSpec"));
  const { match, parseError } = nodeAffinityAnswer(spec, input.node());
  return {
    match: match === "yes",
    parseError: parseError || match === "unknown",
    strictParseError:
      spec.requiredNodeAffinity !== undefined && isBrokenNodeSelector(spec.requiredNodeAffinity),
  };
}

export function tolerationAnswer(input: CaseReader): unknown {
  const comparison = input.flag("comparisonOperators") && comparisonIn(input.version) !== false;
  const taints = input.taints();
  const tolerations = input.tolerations();
  const effects = input.raw["filterEffects"];
  const wanted = Array.isArray(effects) ? effects : taints.map(({ effect }) => effect);
  const first = tolerations[0];
  const taint = taints[0];
  return {
    tolerated: untolerated(taints, tolerations, { effects: wanted, comparison }) === undefined,
    upstreamCompareResult:
      first !== undefined &&
      taint !== undefined &&
      (first.operator === "Lt" || first.operator === "Gt") &&
      tolerates(first, taint, comparison) === "yes",
  };
}

function optionsOf(options: JsonRecord, version: Version | undefined): RequestOptions {
  const { resize, podLevel, podLevelResize } = requestOptionsOf(version);
  return {
    resize: options["useStatusResources"] === true ? resize : "spec",
    podLevel: podLevel && options["skipPodLevelResources"] !== true,
    podLevelResize: podLevelResize && options["inPlacePodLevelResourcesVerticalScaling"] === true,
    overhead: options["excludeOverhead"] !== true,
    containerLevel: options["skipContainerLevelResources"] !== true,
    nonMissing: resourcesAt(at(), options, "nonMissingContainerRequests"),
    claims: options["useDRANodeAllocatableResourceClaimStatus"] === true,
  };
}

const shown = (list: ResourceList): object =>
  Object.fromEntries([...list].map(([name, quantity]) => [name, canonical(quantity)]));
const inMilli = (list: ResourceList): object =>
  Object.fromEntries([...list].map(([name, quantity]) => [name, String(milliUnits(quantity))]));

export function podRequestsAnswer(input: CaseReader): unknown {
  const options = optionsOf(input.inside("options"), input.version);
  const pod = input.pod();
  const requests = requestList(pod, options);
  const limits = limitList(pod, options);
  return {
    requests: shown(requests),
    requestsMilli: inMilli(requests),
    limits: shown(limits),
    limitsMilli: inMilli(limits),
  };
}

export const reasonOf = ({ resource }: Pick<Shortage, "resource">): string =>
  resource === "pods" ? "Too many pods" : `Insufficient ${resource}`;

/** Options of the scheduler's own configuration, which nobody but these cases sets. */
function withoutIgnored(wanted: Amounts, options: JsonRecord): Amounts {
  const names = new Set(texts(at(), options, "ignoredResources"));
  const groups = new Set(texts(at(), options, "ignoredResourceGroups"));
  const ignored = (resource: string): boolean =>
    isExtended(resource) && (names.has(resource) || groups.has(resource.split("/")[0] ?? ""));
  return new Map([...wanted].filter(([resource]) => !ignored(resource)));
}

export function fitAnswer(input: CaseReader): unknown {
  const options = input.inside("options");
  // The last version in which pod-level resources are off, where the case has them off.
  const version = options["podLevelResources"] === true ? input.version : parseVersion("v1.33.0");
  const room = roomOf(input.node(), input.pods("otherPods"), { version });
  const found = shortages(withoutIgnored(podRequests(input.pod(), version), options), room);
  return {
    fits: found.length === 0,
    insufficient: found.map((one) => ({
      resource: one.resource,
      reason: reasonOf(one),
      requested: Number(one.requested),
      used: Number(one.used),
      capacity: Number(one.allocatable),
      unresolvable: one.unresolvable,
    })),
    reasons: found.map(reasonOf),
  };
}

export function hostPortsAnswer(input: CaseReader): unknown {
  const portsOf = ({ spec }: Pod) => hostPortsOf(spec, input.version);
  const held = input
    .pods("otherPods")
    .flatMap((holder) => portsOf(holder).map((port) => ({ ...port, holder })));
  return { fits: portConflicts(portsOf(input.pod()), held).length === 0 };
}

const failureShown = (failure: AdmissionFailure): object =>
  failure.type === "resource"
    ? {
        type: "resource",
        resource: failure.resource,
        reason: reasonOf(failure),
        requested: Number(failure.requested),
        used: Number(failure.used),
        capacity: Number(failure.allocatable),
        message: admissionMessage(failure),
      }
    : {
        type: "predicate",
        name: failure.name,
        reason: failure.text,
        message: admissionMessage(failure),
      };

/** pkg/kubelet/types/pod_update.go, IsStaticPod. */
function isStatic(input: CaseReader): boolean {
  const metadata = record(at(), input.inside("pod"), "metadata");
  const annotations = record(at(), metadata, "annotations");
  const source = text(at(), annotations, "kubernetes.io/config.source");
  return source !== "" && source !== "api";
}

export function kubeletAdmitAnswer(input: CaseReader): unknown {
  const failures = kubeletAdmission({
    pod: input.pod(),
    node: input.node(),
    freshNode: isRecord(input.raw["freshNode"]) ? input.node("freshNode") : undefined,
    otherPods: input.pods("otherPods"),
    version: input.version,
    comparison: false,
    isStatic: isStatic(input),
  });
  const [first] = failures;
  return {
    admit: first === undefined,
    reason: first === undefined ? "" : admissionReason(first),
    reasons: failures.map(failureShown),
  };
}
