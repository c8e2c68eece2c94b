import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { Figure } from "./figure.ts";
import type { LifeSize } from "./life/fleet-life.ts";
import { rollOut } from "./life/happenings.ts";
import { merge } from "#shared/states/hear/merge.ts";
import { clusterOf } from "#shared/states/hear/rebuild.ts";
import { carried, CLUSTER } from "../fixtures/through-states.ts";
import { newSending, settle } from "./life/sending.ts";

const MINUTE = 60_000;
/** How long the storm takes, and how long one pod takes of it. */
const STORM = 10 * MINUTE;
const ONE = 17_000;
/** The window of two seconds, and one more. */
const CONVERGED_WITHIN = 3;
/** As often as both sides are audited, in the virtual time of the storm. */
const LOOKS = 12;

const SIZE: LifeSize = { nodes: 5000, daemonSets: 3, others: 0 };

/** What is said of each placement, by "set on node". */
function verdictsIn(of: Cluster): ReadonlyMap<string, string> {
  const { facts } = auditCluster(of, DEFAULT_POLICY);
  return new Map(
    facts.daemonSets.flatMap((set) =>
      set.placements().map((one) => [`${set.key} on ${one.node.node.name}`, one.verdict().says]),
    ),
  );
}

const gapsIn = (verdicts: ReadonlyMap<string, string>): ReadonlySet<string> =>
  new Set([...verdicts].flatMap(([where, says]) => (says === "gap" ? [where] : [])));

export type Storm = { readonly size?: LifeSize; readonly looks?: number };

/** All nodes roll one DaemonSet, and then everything is read again: what the bus bears, and what the other side believes. */
export function storm({ size = SIZE, looks = LOOKS }: Storm = {}): readonly Figure[] {
  const receiver = merge();
  const overThere = (at: number) =>
    verdictsIn(clusterOf(receiver.rows().values(), { name: CLUSTER, at }));
  let last = 0;
  const sending = newSending({
    size,
    onEntry(entry, at) {
      receiver.receive(carried(entry), at);
      last = at;
    },
  });
  settle(sending);
  const { life, held, counts } = sending;
  const [set] = life.sets.values();
  if (!set) throw new Error("there is no DaemonSet");

  let changed = 0;
  let spurious = 0;
  const here = (at: number) => verdictsIn(held.cluster(at));
  let known = gapsIn(here(life.time.now()));
  const look = (): void => {
    const at = life.time.now();
    const truly = gapsIn(here(at));
    // What they believe is as old as the window: a gap that has just closed is none that never was.
    for (const gap of gapsIn(overThere(at))) if (!truly.has(gap) && !known.has(gap)) spurious += 1;
    known = truly;
  };
  rollOut(life, {
    set: set.name,
    atOnce: Math.ceil((size.nodes * ONE) / STORM),
    done: () => void (changed = life.time.now()),
  });
  for (let done = 0; changed === 0 || done < looks; done += 1) {
    sending.pass(Math.ceil(STORM / looks));
    look();
  }
  sending.pass(2 * MINUTE);
  look();
  const calls = counts.calls;
  const converged = Math.max(0, last - changed) / 1000;
  const [ours, theirs] = [here(life.time.now()), overThere(life.time.now())];
  const differing = [...ours].filter(([where, says]) => theirs.get(where) !== says).length;

  counts.events = 0;
  sending.relist();
  sending.pass(2 * MINUTE);
  return [
    {
      figure: "seconds from the last change to the last state",
      values: [converged],
      goal: CONVERGED_WITHIN,
    },
    { figure: "calls of the bus / nodes", values: [calls / size.nodes], goal: 1 / 25 },
    { figure: "gaps that never were, over there", values: [spurious], goal: 0 },
    { figure: "verdicts that differ over there at the end", values: [differing], goal: 0 },
    {
      figure: "bus events after a relist that found nothing new",
      values: [counts.events],
      goal: 0,
    },
  ];
}
