/** Inputs that an audit of a file or of a live cluster cannot meet, each with the reason. */
const REASONS: readonly (readonly [ids: string, reason: string])[] = [
  ["S11 S13 S17 S18 S19 S21", "clocks and order of a state store: a command keeps no state"],
  ["W01 W02 W05 W06 W09 W14 W17 W19 W20", "a watch: a command lists once and watches nothing"],
  ["L08 L09 L14 L15 L16", "approval in Slack: a command asks nobody and takes no request"],
  [
    "F01 F02 F04 F05 F08 F11 F12 F13 F14 F17 F19 F20",
    "a plan's guardrails: a command advises and writes nothing to a cluster",
  ],
  ["P01 P03 P04 P05 P06 P09 P11 P13", "answers of AWS: a command calls none of its services"],
  ["R20 R21", "headers of an e-mail: a command sends none"],
  ["X08", "a burst of events: a command is fed objects, once"],
];

export const NOT_HERE: ReadonlyMap<string, string> = new Map(
  REASONS.flatMap(([ids, reason]) => ids.split(" ").map((id) => [id, reason] as const)),
);
