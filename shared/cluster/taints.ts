import type { Taint } from "./node.ts";
import type { PodSpec, Toleration } from "./pod.ts";
import { answer, type Answer } from "./selector.ts";
import { atLeast, type Version } from "./version.ts";

/** Is the gate TaintTolerationComparisonOperators on? It is off by default and cannot be seen from outside. */
export type Comparison = boolean | "unknown";

/** The gate came, off, with 1.35; before it the API server refused the operators and nothing compared them. */
export const comparisonIn = (version: Version | undefined): Comparison =>
  atLeast(version, 35) === false ? false : "unknown";

const SCHEDULING_EFFECTS: ReadonlySet<string> = new Set([
  "NoSchedule",
  "PreferNoSchedule",
  "NoExecute",
]);

/** A canonical decimal int64: no plus sign, no leading zero (k8s.io/apimachinery/pkg/api/validate/content, IsDecimalInteger). */
function canonicalInt(text: string): bigint | undefined {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return undefined;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function compares(toleration: Toleration, taint: Taint, comparison: Comparison): Answer {
  if (comparison === false) return "no";
  const wanted = canonicalInt(toleration.value);
  const has = canonicalInt(taint.value);
  if (wanted === undefined || has === undefined) return "no";
  if (!(toleration.operator === "Lt" ? has < wanted : has > wanted)) return "no";
  return comparison === true ? "yes" : "unknown";
}

/** k8s.io/api/core/v1/toleration.go, ToleratesTaint. */
export function tolerates(toleration: Toleration, taint: Taint, comparison: Comparison): Answer {
  if (toleration.effect !== "" && toleration.effect !== taint.effect) return "no";
  if (toleration.key !== "" && toleration.key !== taint.key) return "no";
  switch (toleration.operator) {
    case "":
    case "Equal":
      return answer(toleration.value === taint.value);
    case "Exists":
      return "yes";
    case "Lt":
    case "Gt":
      return compares(toleration, taint, comparison);
    default:
      return "unknown";
  }
}

export function tolerated(
  taint: Taint,
  tolerations: readonly Toleration[],
  comparison: Comparison,
): Answer {
  let best: Answer = "no";
  for (const toleration of tolerations) {
    const one = tolerates(toleration, taint, comparison);
    if (one === "yes") return "yes";
    if (one === "unknown") best = "unknown";
  }
  return best;
}

export type Untolerated = { readonly taint: Taint; readonly answer: Exclude<Answer, "yes"> };

/** The first taint that is surely not tolerated, else the first that perhaps is not (FindMatchingUntoleratedTaint). */
export function untolerated(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  options: { readonly effects: readonly string[]; readonly comparison: Comparison },
): Untolerated | undefined {
  let perhaps: Untolerated | undefined;
  for (const taint of taints) {
    if (!options.effects.includes(taint.effect)) {
      // An effect that we do not know may keep pods away; one that we know and were not asked about does not.
      if (!SCHEDULING_EFFECTS.has(taint.effect)) perhaps ??= { taint, answer: "unknown" };
      continue;
    }
    const one = tolerated(taint, tolerations, options.comparison);
    if (one === "no") return { taint, answer: "no" };
    if (one === "unknown") perhaps ??= { taint, answer: "unknown" };
  }
  return perhaps;
}

export const KEEPING_AWAY: readonly string[] = ["NoSchedule", "NoExecute"];

const NODE = "node.kubernetes.io/";
const exists = (key: string, effect: string): Toleration => ({
  key,
  operator: "Exists",
  value: "",
  effect,
  seconds: undefined,
});

const DEFAULTS: readonly Toleration[] = [
  exists(`${NODE}not-ready`, "NoExecute"),
  exists(`${NODE}unreachable`, "NoExecute"),
  exists(`${NODE}disk-pressure`, "NoSchedule"),
  exists(`${NODE}memory-pressure`, "NoSchedule"),
  exists(`${NODE}pid-pressure`, "NoSchedule"),
  exists(`${NODE}unschedulable`, "NoSchedule"),
];
const FOR_HOST_NETWORK = exists(`${NODE}network-unavailable`, "NoSchedule");

const sameToleration = (a: Toleration, b: Toleration): boolean =>
  a.key === b.key && a.effect === b.effect && a.operator === b.operator && a.value === b.value;

/**
 * Tolerations of the pods that the controller makes: the template's and six or, with hostNetwork, seven more.
 * Mirrors pkg/controller/daemon/util/daemonset_util.go, AddOrUpdateDaemonPodTolerations: an equal one of the user is
 * replaced, with its tolerationSeconds.
 */
export function daemonTolerations(
  spec: Pick<PodSpec, "tolerations" | "hostNetwork">,
): readonly Toleration[] {
  const added = spec.hostNetwork ? [...DEFAULTS, FOR_HOST_NETWORK] : DEFAULTS;
  const own = spec.tolerations.filter((one) => !added.some((other) => sameToleration(one, other)));
  return [...own, ...added];
}

/** "key=value:Effect", as kubectl writes it. */
export const showTaint = ({
  key,
  value,
  effect,
}: Pick<Taint, "key" | "value" | "effect">): string =>
  `${key}${value === "" ? "" : `=${value}`}:${effect}`;
