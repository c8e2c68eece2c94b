import { isRecord } from "#shared/cluster/read/json.ts";
import type { Version } from "#shared/cluster/version.ts";
import { holds, isChoice } from "../conformance/compare.ts";
import type { SyncAnswer } from "../conformance/controller-answers.ts";
import { evaluate } from "../conformance/evaluate.ts";
import type { QuestionKind } from "./questions/kinds.ts";

/** Our functions, asked as the recorded cases are: the objects come through the readers of a dump. */
export const ourAnswer = (kind: QuestionKind, input: unknown, version?: Version): unknown =>
  evaluate(kind, input, version);

type Json = Readonly<Record<string, unknown>>;
const names = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : [];

/** Which of several pods goes is left to the order of Go's maps; how many, and of which, is not. */
const sameSync = (ours: SyncAnswer, theirs: Json): boolean =>
  holds(ours.status, theirs["status"]) &&
  isChoice(ours.create, names(theirs["create"])) &&
  isChoice(ours.delete, names(theirs["delete"]));

/** Letter by letter: recorded cases compare amounts, but how Kubernetes writes them is a claim of its own. */
const sameText = (ours: unknown, theirs: unknown): boolean =>
  isRecord(ours) && isRecord(theirs)
    ? Object.keys(theirs).every((name) => ours[name] === theirs[name])
    : theirs === undefined || ours === theirs;

const sameQuantity = (ours: Json, { canonical, ...amounts }: Json): boolean =>
  holds(ours, amounts) && sameText(ours["canonical"], canonical);

const NATIVE: readonly unknown[] = ["pods", "cpu", "memory", "ephemeral-storage"];

/** The kubelet shows the first failure only; which of several extended resources comes first is left to Go's maps. */
function sameAdmission(ours: Json, theirs: Json): boolean {
  const reasons: readonly unknown[] = Array.isArray(ours["reasons"]) ? ours["reasons"] : [];
  const failures = reasons.filter(isRecord);
  const isExtended = (one: Json): boolean =>
    one["type"] === "resource" && !NATIVE.includes(one["resource"]);
  const [first] = failures;
  const shown = first && isExtended(first) ? failures.filter(isExtended) : failures.slice(0, 1);
  if (first === undefined) return theirs["admit"] === true;
  return (
    theirs["admit"] === false &&
    shown.some(
      (one) =>
        one["message"] === theirs["message"] &&
        theirs["reason"] === (one["name"] ?? `OutOf${String(one["resource"])}`),
    )
  );
}

const sameRequests = (ours: Json, theirs: Json): boolean =>
  holds(ours, theirs) &&
  sameText(ours["requests"], theirs["requests"]) &&
  sameText(ours["limits"], theirs["limits"]);

// evaluate("sync") answers a SyncAnswer; its table of functions forgets the type.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const asSync = (ours: Json): SyncAnswer => ours as unknown as SyncAnswer;

/** The kinds of which more is asked, or less, than that what Kubernetes answered stands in our answer. */
const SAME: Partial<Record<QuestionKind, (ours: Json, theirs: Json) => boolean>> = {
  quantity: sameQuantity,
  podRequests: sameRequests,
  kubeletAdmit: sameAdmission,
  sync: (ours, theirs) => sameSync(asSync(ours), theirs),
};

/** Everything that Kubernetes answered is what we say. */
export const sameAnswer = (kind: QuestionKind, ours: unknown, theirs: unknown): boolean =>
  isRecord(ours) && isRecord(theirs) && (SAME[kind] ?? holds)(ours, theirs);
