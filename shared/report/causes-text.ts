import type { Cause, CauseGroup } from "#shared/audit/cause.ts";
import { painter, type Paint } from "./paint.ts";
import { padEnd, wrap } from "./text-layout.ts";

/** In the order in which a daemon pod meets them. */
export const GROUPS = [
  "not created",
  "cannot be placed",
  "placed, not up",
  "node",
  "eligibility",
  "rollout",
  "gate",
  "traffic",
  "risk",
  "auditor itself",
] as const satisfies readonly CauseGroup[];

export const byGroup = (
  causes: readonly Cause[],
): readonly { readonly group: CauseGroup; readonly causes: readonly Cause[] }[] =>
  GROUPS.map((group) => ({
    group,
    causes: causes.filter((cause) => cause.group === group),
  })).filter((one) => one.causes.length > 0);

export type CausesTextOptions = { readonly color: boolean; readonly width: number };

/** The whole catalogue, a line a cause. Ends with a newline. */
export function renderCauses(
  causes: readonly Cause[],
  { color, width }: CausesTextOptions,
): string {
  const paint = painter(color);
  const longest = Math.max(...causes.map(({ code }) => code.length));
  const room = Math.max(30, width - longest - 15);
  const blocks = byGroup(causes).map(({ group, causes: members }) =>
    [
      paint("strong", group.toUpperCase()),
      ...members.flatMap(({ code, severity, doc }) => {
        const [first = "", ...rest] = wrap(doc.title, room);
        const head = `  ${padEnd(code, longest)}  ${paint(severity, padEnd(severity, 8))}  `;
        return [head + first, ...rest.map((line) => " ".repeat(longest + 14) + line)];
      }),
    ].join("\n"),
  );
  return `${blocks.join("\n\n")}\n`;
}

/** One page: what it is, how to prove it, how to fix it, what the usual advice gets wrong. */
export function renderCause(cause: Cause, { color, width }: CausesTextOptions): string {
  const paint = painter(color);
  const { code, group, severity, doc } = cause;
  const family = familyText(cause);
  const parts = [
    [
      `${paint("strong", code)}   ${paint(severity, severity)}   ${paint("faint", group)}`,
      ...prose(doc.title, width),
      ...(family === undefined ? [] : prose(family, width)),
    ],
    [paint("strong", "WHAT IS WRONG"), ...prose(doc.what, width)],
    [paint("strong", "HOW TO PROVE IT"), ...commands(doc.proof, paint)],
    [paint("strong", "HOW TO FIX IT"), ...doc.fix.flatMap((line) => item(line, width))],
    [paint("strong", "WHAT THE USUAL ADVICE GETS WRONG"), ...prose(doc.usualAdvice, width)],
    [paint("strong", "SOURCES"), ...doc.sources.map((source) => `  ${source}`)],
  ];
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** A code with a word in capitals stands for many. */
export const familyText = ({ code }: Cause): string | undefined => {
  const word = /[A-Z]+$/.exec(code)?.[0];
  return word === undefined
    ? undefined
    : `A family: ${word} stands for the name, as in ${code.replace(word, "nvidia.com/gpu")}.`;
};

const prose = (text: string, width: number): readonly string[] =>
  wrap(text, Math.max(30, width - 2)).map((line) => `  ${line}`);

const item = (text: string, width: number): readonly string[] =>
  wrap(text, Math.max(30, width - 4)).map((line, at) => (at === 0 ? "  - " : "    ") + line);

/** Never wrapped: they are there to be copied. */
const commands = (lines: readonly string[], paint: Paint): readonly string[] =>
  lines.flatMap((text) => text.split("\n")).map((line) => `  ${paint("info", line)}`);
