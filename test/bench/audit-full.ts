import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { classify } from "#shared/audit/engine/node-classes.ts";
import { byBits, byLookUp, cold, naive } from "./eligibility.ts";
import type { Figure } from "./figure.ts";
import { askedOf, fleet, FLEET, LARGE_FLEET, type FleetSize } from "./fleet.ts";
import { interleaved, type Rounds } from "./timing.ts";

export type AuditFullOptions = Rounds & {
  readonly usual?: FleetSize;
  readonly large?: FleetSize;
};

/** Who should run where: judged pair by pair, by class from nothing, and again when the classes are known. */
export function eligibilityFigures(options: AuditFullOptions = {}): readonly Figure[] {
  const { usual = FLEET, large = LARGE_FLEET } = options;
  const asked = askedOf(fleet({ ...usual, pods: 0 }));
  const more = askedOf(fleet({ ...large, pods: 0 }));
  const known = classify(asked.placers, asked.traits);
  const counts = [naive(asked), cold(asked), byBits(asked, known), byLookUp(asked, known)];
  if (new Set(counts).size !== 1) throw new Error(`they do not agree: ${counts.join(", ")}`);
  const times = interleaved(
    {
      naive: () => naive(asked),
      cold: () => cold(asked),
      bits: () => byBits(asked, known),
      lookUp: () => byLookUp(asked, known),
      more: () => cold(more),
    },
    options,
  );
  const grown = placements(large) / placements(usual);
  return [
    {
      figure: "eligibility, cold / pair by pair",
      values: times.map((time) => time.cold / time.naive),
      goal: 1 / 5,
    },
    {
      figure: "eligibility, classes known, counted / pair by pair",
      values: times.map((time) => time.bits / time.naive),
      goal: 1 / 100,
    },
    {
      figure: "eligibility, classes known, each looked up / pair by pair",
      values: times.map((time) => time.lookUp / time.naive),
      goal: 1 / 100,
    },
    {
      figure: "eligibility, cold, a placement of 15,000 × 60 / 5,000 × 30",
      values: times.map((time) => time.more / time.cold / grown),
      goal: 1,
    },
  ];
}

const placements = ({ nodes, daemonSets }: FleetSize): number => nodes * daemonSets;

const ONCE = fileURLToPath(new URL("./audit-once.ts", import.meta.url));

type Once = { readonly findings: number; readonly cpu: number };

async function auditOnce(size: "usual" | "large"): Promise<Once> {
  // 900,000 pods with all that was judged of them: 3 GB, and room for the collector to work in.
  const args = ["--max-old-space-size=8192", ONCE, size];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const once = JSON.parse(stdout) as Once;
  if (once.findings === 0) throw new Error("the audit of a fleet with troubles found none");
  return once;
}

/** Verdicts and findings from a cluster in memory, each in a fresh process. */
async function wholeFigures(rounds: number): Promise<readonly Figure[]> {
  const usual: number[] = [];
  const growth: number[] = [];
  const grown = placements(LARGE_FLEET) / placements(FLEET);
  for (let round = 0; round < rounds; round += 1) {
    const [small, large] = [await auditOnce("usual"), await auditOnce("large")];
    usual.push(small.cpu);
    growth.push(large.cpu / small.cpu / grown);
  }
  return [
    { figure: "verdicts and findings of 150,000 pods, ms of CPU", values: usual, goal: 5000 },
    { figure: "the same, a placement of 15,000 × 60 / 5,000 × 30", values: growth, goal: 1 },
  ];
}

export const auditFull = async (): Promise<readonly Figure[]> => [
  ...eligibilityFigures({ rounds: 7 }),
  ...(await wholeFigures(5)),
];
