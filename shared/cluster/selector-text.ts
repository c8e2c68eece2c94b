import { isWellFormed, type LabelSelector, type Requirement } from "./selector.ts";

/** What stands in the way, for people; or the selector. */
export type ParsedSelector = { readonly selector: LabelSelector } | { readonly wrong: string };

/** `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x)`, `a`, `!a`: commas between them, but not those inside brackets. */
const PART =
  /^\s*(?:(?<absent>!)\s*(?<gone>[^\s!=<>,()]+)|(?<key>[^\s!=<>,()]+)\s*(?:(?<sign>==|=|!=)\s*(?<value>[^\s!=<>,()]*)|\s(?<word>in|notin)\s*\((?<values>[^()]*)\))?)\s*(?:,|$)/;

/** apimachinery/pkg/labels/selector.go, Parse: what `kubectl get -l` takes. An empty text selects everything. */
export function parseSelector(text: string): ParsedSelector {
  const found: Requirement[] = [];
  let rest = text.trim();
  if (rest.endsWith(",")) return { wrong: "it ends in a comma" };
  while (rest !== "") {
    const match = PART.exec(rest);
    const requirement = match && requirementOf(match.groups ?? {});
    if (!match || !requirement)
      return { wrong: `"${rest}" is none of a=b, a!=b, a in (b,c), a, !a` };
    if (!isWellFormed(requirement))
      return {
        wrong: `"${match[0].replace(/,$/, "").trim()}" has a key or value that no label has`,
      };
    found.push(requirement);
    rest = rest.slice(match[0].length);
  }
  return { selector: { matchLabels: new Map(), matchExpressions: found } };
}

type Groups = Readonly<Record<string, string | undefined>>;

function requirementOf(groups: Groups): Requirement | undefined {
  const { gone, key, sign, value = "", word, values } = groups;
  if (gone !== undefined) return { key: gone, operator: "DoesNotExist", values: [] };
  if (key === undefined) return undefined;
  if (sign !== undefined) return { key, operator: sign === "!=" ? "NotIn" : "In", values: [value] };
  if (word === undefined) return { key, operator: "Exists", values: [] };
  const list = (values ?? "").split(",").map((one) => one.trim());
  return { key, operator: word === "in" ? "In" : "NotIn", values: list };
}
