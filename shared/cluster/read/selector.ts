import type {
  LabelSelector,
  NodeSelector,
  NodeSelectorTerm,
  Requirement,
} from "#shared/cluster/selector.ts";
import {
  inside,
  optionalRecord,
  records,
  text,
  texts,
  wantedLabels,
  type At,
  type JsonRecord,
} from "./json.ts";

const requirements = (at: At, raw: JsonRecord, key: string): readonly Requirement[] => {
  const there = inside(at, key);
  return records(at, raw, key).map((one) => ({
    key: text(there, one, "key"),
    operator: text(there, one, "operator"),
    values: texts(there, one, "values"),
  }));
};

/** undefined where there is none, which matches nothing; an empty one matches everything. */
export function labelSelector(at: At, raw: JsonRecord, key: string): LabelSelector | undefined {
  const found = optionalRecord(at, raw, key);
  if (found === undefined) return undefined;
  const there = inside(at, key);
  return {
    matchLabels: wantedLabels(there, found, "matchLabels"),
    matchExpressions: requirements(there, found, "matchExpressions"),
  };
}

const term = (at: At, raw: JsonRecord): NodeSelectorTerm => ({
  matchExpressions: requirements(at, raw, "matchExpressions"),
  matchFields: requirements(at, raw, "matchFields"),
});

export function nodeSelector(at: At, raw: JsonRecord, key: string): NodeSelector | undefined {
  const found = optionalRecord(at, raw, key);
  if (found === undefined) return undefined;
  const there = inside(at, key);
  return { terms: records(there, found, "nodeSelectorTerms").map((one) => term(there, one)) };
}
