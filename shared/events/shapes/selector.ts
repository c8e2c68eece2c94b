import * as z from "zod";
import { list, pairs, text, type Told } from "./field.ts";

export const Requirement = z.strictObject({
  key: text("label or field").optional(),
  operator: text("In, NotIn, Exists …").optional(),
  values: list(text("value"), "values").optional(),
});

export const LabelSelector = z.strictObject({
  matchLabels: pairs("labels that are asked for").optional(),
  matchExpressions: list(Requirement).optional(),
});

export const NodeSelector = z.strictObject({
  nodeSelectorTerms: list(
    z.strictObject({
      matchExpressions: list(Requirement).optional(),
      matchFields: list(Requirement).optional(),
    }),
  ).optional(),
});

export type RequirementShape = Told<z.infer<typeof Requirement>>;
export type LabelSelectorShape = Told<z.infer<typeof LabelSelector>>;
export type NodeSelectorShape = Told<z.infer<typeof NodeSelector>>;
