import type { Pod } from "#shared/cluster/pod.ts";
import { askPlacement } from "./ask.ts";
import type { Occurrence, Unanswered } from "#shared/audit/audit.ts";
import type { Eligibility } from "./eligibility.ts";
import type { ClusterFacts, DaemonSetView, NodeView, PlacementView } from "#shared/audit/facts.ts";
import { judge, judgedPod } from "./judge.ts";
import type { Verdict } from "#shared/audit/verdict.ts";

export type JudgedPlacement = PlacementView & {
  /** Why it is not covered, where it was worth asking. */
  occurrence(): Occurrence | undefined;
  unanswered(): readonly Unanswered[];
};

export type PlacementParts = {
  readonly daemonSet: DaemonSetView;
  readonly node: NodeView;
  readonly eligibility: Eligibility;
  readonly pods: readonly Pod[];
  readonly facts: () => ClusterFacts;
  /** Told when it was judged and is open. */
  readonly opened: (view: JudgedPlacement) => void;
};

type Result = {
  readonly verdict: Verdict;
  readonly occurrence: Occurrence | undefined;
  readonly unanswered: readonly Unanswered[];
};

const NOTHING: readonly Unanswered[] = [];

/** Judged once, when first asked: most placements of a large cluster are never looked at twice. */
export function placementView(parts: PlacementParts): JudgedPlacement {
  const { daemonSet, node, eligibility, pods } = parts;
  let result: Result | undefined;
  const judged = (): Result => {
    if (result !== undefined) return result;
    result = resultOf(view);
    if (isOpen(result)) parts.opened(view);
    return result;
  };
  const view: JudgedPlacement = {
    get facts() {
      return parts.facts();
    },
    daemonSet,
    node,
    eligible: eligibility.eligible,
    shouldContinue: eligibility.shouldContinue,
    intended: eligibility.intended,
    because: eligibility.because,
    pods,
    pod: undefined,
    verdict: () => judged().verdict,
    occurrence: () => judged().occurrence,
    unanswered: () => judged().unanswered,
  };
  return pods.length === 0 ? view : withPod(view);
}

/** Set in place rather than spread: a spread would call the getter and freeze the facts of one moment. */
function withPod(view: JudgedPlacement): JudgedPlacement {
  Object.defineProperty(view, "pod", { value: judgedPod(view), enumerable: true });
  return view;
}

/** What happens elsewhere may change the answer: it is not simply covered or excluded. */
const isOpen = ({ verdict: { says } }: Result): boolean =>
  says !== "covered" && says !== "excluded";

function resultOf(view: JudgedPlacement): Result {
  const { verdict, ask } = judge(view);
  if (!ask) return { verdict, occurrence: undefined, unanswered: NOTHING };
  const { occurrence, unanswered } = askPlacement(view);
  if (occurrence !== undefined)
    return { verdict: explained(verdict, occurrence), occurrence, unanswered };
  return { verdict: unexplained(verdict, unanswered), occurrence, unanswered };
}

const explained = (verdict: Verdict, { cause, code, evidence, since }: Occurrence): Verdict => ({
  ...verdict,
  cause: code,
  evidence,
  since,
  reason: sentenceOf(() => cause.explain(evidence)) ?? verdict.reason,
});

/** A cause whose sentence fails is still a cause. */
function sentenceOf(explain: () => string): string | undefined {
  try {
    return explain();
  } catch {
    return undefined;
  }
}

/** Nobody said yes, and somebody could not say: then it is not known why, and perhaps not even whether. */
function unexplained(verdict: Verdict, unanswered: readonly Unanswered[]): Verdict {
  const first = unanswered.find(({ threw }) => threw) ?? unanswered[0];
  return first === undefined
    ? verdict
    : { ...verdict, says: "unknown", cause: first.code, reason: first.why };
}
