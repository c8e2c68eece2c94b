import type { ReportFinding } from "./report.ts";
import { some } from "./text-layout.ts";

/** Proof that only repeats the summary is left out; what holds of several nodes is said once, with their names in front. */
export function proofsOf(
  { summary, evidence }: Pick<ReportFinding, "summary" | "evidence">,
  nodesShown = Infinity,
): readonly string[] {
  const fresh = evidence.filter(({ sentence }) => !summary.includes(sentence));
  return [...Map.groupBy(fresh, ({ sentence }) => sentence)].map(([sentence, same]) => {
    const nodes = same.flatMap(({ node }) =>
      node === undefined || sentence.includes(node) ? [] : [node],
    );
    return nodes.length === 0 ? sentence : `${some(nodes, nodesShown)}: ${sentence}`;
  });
}
