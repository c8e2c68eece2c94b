import { expect, test } from "vitest";
import { parseSelector } from "#shared/cluster/selector-text.ts";
import { matchesLabelSelector } from "#shared/cluster/selector.ts";

const LABELS = new Map([
  ["app", "agent"],
  ["tier", "node"],
  ["empty", ""],
]);

test.each([
  ["", "yes"],
  ["app=agent", "yes"],
  ["app==agent", "yes"],
  ["app = agent", "yes"],
  ["app=other", "no"],
  ["app!=agent", "no"],
  ["app!=other", "yes"],
  ["none!=x", "yes"],
  ["app", "yes"],
  ["none", "no"],
  ["!none", "yes"],
  ["!app", "no"],
  ["! none", "yes"],
  ["empty=", "yes"],
  ["app=", "no"],
  ["app in (agent,other)", "yes"],
  ["app in ( other , more )", "no"],
  ["app notin (other)", "yes"],
  ["app notin (agent)", "no"],
  ["app=agent,tier=node", "yes"],
  ["app=agent, tier!=node", "no"],
  ["app in (a,agent),tier notin (x,y),!none", "yes"],
  ["in=x", "no"],
  ["in", "no"],
  ["example.com/app!=x", "yes"],
] as const)("-l '%s' selects: %s", (text, answer) => {
  const parsed = parseSelector(text);
  if ("wrong" in parsed) throw new Error(parsed.wrong);
  expect(matchesLabelSelector(parsed.selector, LABELS)).toBe(answer);
});

test.each([
  ["app=a,", "comma"],
  [",app=a", "none of"],
  ["app=a,,b=c", "none of"],
  ["app>3", "none of"],
  ["app in agent", "none of"],
  ["app in (a", "none of"],
  ["a b", "none of"],
  ["=a", "none of"],
  ["!app=x", "none of"],
  ["-app=a", "no label has"],
  ["app=a/b", "no label has"],
  ["app in (a,-b)", "no label has"],
  [`app=${"x".repeat(64)}`, "no label has"],
] as const)("-l '%s' is refused: %s", (text, why) => {
  expect(parseSelector(text)).toEqual({ wrong: expect.stringContaining(why) as string });
});
