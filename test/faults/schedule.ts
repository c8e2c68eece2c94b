import { seeded } from "../fixtures/virtual-clock.ts";
import type { Written } from "../fixtures/watched-source.ts";
import { FAULTS } from "./faults.ts";
import { MUTATIONS } from "./mutations.ts";

/** One thing that happens, at its moment (milliseconds). `r`, in [0, 1), decides what the name leaves open. */
export type Step = {
  readonly at: number;
  readonly do: "mutation" | "fault";
  readonly name: string;
  readonly r: number;
};

export type Schedule = {
  readonly seed: number;
  readonly nodes: number;
  readonly daemonSets: number;
  readonly replicas: number;
  /** How the API server writes. */
  readonly format: Written;
  readonly steps: readonly Step[];
  /** When all are over, and nothing else happens. */
  readonly end: number;
};

const MUTATION_COUNT = 500;
const FAULT_COUNT = 30;
/** All begin behind the first list and within these fifteen minutes. */
const [FIRST, LAST] = [5000, 900_000];

const WEIGHED: readonly string[] = Object.entries(MUTATIONS).flatMap(([name, [often]]) =>
  Array.from({ length: often }, () => name),
);
const FAULT_NAMES: readonly string[] = Object.keys(FAULTS);

/** The same for a seed, whatever was run before. */
export function scheduleOf(seed: number): Schedule {
  const random = seeded(seed * 7919 + 1);
  const moment = (): number => Math.round(FIRST + random() * (LAST - FIRST));
  const steps: Step[] = [];
  // Half of the changes come in storms, as rollouts and scaling do.
  let storm = moment();
  for (let i = 0; i < MUTATION_COUNT; i += 1) {
    if (i % 20 === 0) storm = moment();
    const at = random() < 0.5 ? moment() : storm + Math.round(random() * 2000);
    const name = WEIGHED[Math.floor(random() * WEIGHED.length)] ?? "";
    steps.push({ at, do: "mutation", name, r: random() });
  }
  for (let i = 0; i < FAULT_COUNT; i += 1) {
    const name = FAULT_NAMES[Math.floor(random() * FAULT_NAMES.length)] ?? "";
    steps.push({ at: moment(), do: "fault", name, r: random() });
  }
  const end = Math.max(
    ...steps.map(({ at, do: what, name, r }) => at + (what === "fault" ? lasts(name, r) : 0)),
  );
  const replicas = seed % 2 === 0 ? 1 : 2;
  const format = seed % 5 === 0 ? "protobuf" : "json";
  return {
    seed,
    nodes: seed % 3 === 0 ? 200 : 60,
    daemonSets: 20,
    replicas,
    format,
    steps: steps.toSorted((a, b) => a.at - b.at),
    end,
  };
}

const lasts = (name: string, r: number): number => FAULTS[name]?.lasts(r) ?? 0;

/** For people: what was done to it. */
export const printed = ({ seed, nodes, replicas, format, steps, end }: Schedule): string =>
  [
    `seed ${seed}, ${nodes} nodes, ${format}, replicas ${replicas}: ${steps.filter((one) => one.do === "mutation").length} changes and these faults, over at ${seconds(end)}`,
    ...steps
      .filter((one) => one.do === "fault")
      .map(({ at, name, r }) => `  ${seconds(at)}  ${name} (${seconds(lasts(name, r))}, r ${r})`),
    `again: npm run -s test:faults -- --seed ${seed}`,
  ].join("\n");

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
