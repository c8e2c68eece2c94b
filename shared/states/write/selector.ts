import type { LabelSelector, NodeSelector, Requirement } from "#shared/cluster/selector.ts";
import type {
  LabelSelectorShape,
  NodeSelectorShape,
  RequirementShape,
} from "#shared/events/shapes/selector.ts";
import { filled, writeList, writePairs, writeText, writeTexts } from "./json.ts";

const requirement = ({ key, operator, values }: Requirement): RequirementShape =>
  filled({ key: writeText(key), operator: writeText(operator), values: writeTexts(values) });

/** An absent one matches nothing, an empty one everything. */
export const writeLabelSelector = (of: LabelSelector | undefined): LabelSelectorShape | undefined =>
  of &&
  filled({
    matchLabels: writePairs(of.matchLabels),
    matchExpressions: writeList(of.matchExpressions, requirement),
  });

export const writeNodeSelector = (of: NodeSelector | undefined): NodeSelectorShape | undefined =>
  of &&
  filled({
    nodeSelectorTerms: writeList(of.terms, (term) =>
      filled({
        matchExpressions: writeList(term.matchExpressions, requirement),
        matchFields: writeList(term.matchFields, requirement),
      }),
    ),
  });
