import { daemonSetText } from "./explain-daemon-set-text.ts";
import { nodeText } from "./explain-node-text.ts";
import { placementText } from "./explain-placement-text.ts";
import type { Explanation } from "./explanation.ts";
import type { Show } from "./finding-lines.ts";
import { painter } from "./paint.ts";
import { some, wrap } from "./text-layout.ts";

export type ExplainTextOptions = {
  readonly color: boolean;
  readonly width: number;
  /** Every node of every list. */
  readonly wide?: boolean;
};

/** For a terminal. Ends with a newline. */
export function renderExplanation(explanation: Explanation, options: ExplainTextOptions): string {
  const { color, width, wide = false } = options;
  const show: Show = { at: explanation.at, width, wide, paint: painter(color) };
  const parts = [...bodyOf(explanation, show), unseenLines(explanation, show)];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

type Lines = readonly string[];

function bodyOf(explanation: Explanation, show: Show): readonly Lines[] {
  switch (explanation.kind) {
    case "PlacementExplanation":
      return placementText(explanation, show);
    case "NodeExplanation":
      return nodeText(explanation, show);
    case "DaemonSetExplanation":
      return daemonSetText(explanation, show);
  }
}

const KINDS_SHOWN = 5;

function unseenLines({ complete, notSeen }: Explanation, { paint, width, wide }: Show): Lines {
  const kinds = some(notSeen, wide ? notSeen.length : KINDS_SHOWN);
  const lines = [
    ...(complete ? [] : ["INCOMPLETE: nodes, pods and DaemonSets were not all read."]),
    ...(notSeen.length > 0 ? [`Not read, so unknown where it matters: ${kinds}.`] : []),
  ];
  return lines.flatMap((line) => wrap(line, width)).map((line) => paint("warning", line));
}
