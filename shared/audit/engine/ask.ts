import type { Audit, Occurrence, Unanswered, Where } from "#shared/audit/audit.ts";
import { CATALOGUE } from "#shared/audit/catalogue.ts";
import {
  codeOfHit,
  type CannotTell,
  type Cause,
  type ClusterCause,
  type DaemonSetCause,
  type Hit,
  type NodeCause,
  type PlacementCause,
  type ServiceCause,
} from "#shared/audit/cause.ts";
import type {
  ClusterFacts,
  DaemonSetView,
  NodeView,
  PlacementView,
  ServiceView,
} from "#shared/audit/facts.ts";

/** What asking came to at one place. */
export type Answers = Pick<Audit, "occurrences" | "unanswered">;

const of = <S extends Cause["scope"]>(scope: S): readonly Extract<Cause, { scope: S }>[] =>
  CATALOGUE.filter((cause): cause is Extract<Cause, { scope: S }> => cause.scope === scope);

const PLACEMENT: readonly PlacementCause[] = of("placement");
const NODE: readonly NodeCause[] = of("node");
const DAEMON_SET: readonly DaemonSetCause[] = of("daemonSet");
const OF_NEIGHBOURS = DAEMON_SET.filter(({ looksAtNeighbours }) => looksAtNeighbours === true);
const OF_ITS_OWN = DAEMON_SET.filter((cause) => !OF_NEIGHBOURS.includes(cause));
const SERVICE: readonly ServiceCause[] = of("service");
const CLUSTER: readonly ClusterCause[] = of("cluster");

type Found = readonly Hit[] | CannotTell;

/** A rule that throws is one answer that is not known: the audit goes on. */
function asked(
  find: () => Hit | readonly Hit[] | CannotTell | undefined,
): { readonly found: Found } | { readonly threw: string } {
  try {
    const answer = find();
    if (answer === undefined) return { found: [] };
    if ("cannotTell" in answer) return { found: answer };
    return { found: isList(answer) ? answer : [answer] };
  } catch (error) {
    return { threw: error instanceof Error ? error.message : String(error) };
  }
}

const isList = (answer: Hit | readonly Hit[]): answer is readonly Hit[] => Array.isArray(answer);

type Defaults = { readonly nodes: readonly string[]; readonly daemonSets: readonly string[] };

const sorted = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted();

function occurrenceOf({ cause, where, defaults }: Question, hit: Hit): Occurrence {
  return {
    cause,
    code: codeOfHit(cause, hit.evidence),
    where,
    evidence: hit.evidence,
    since: hit.since,
    severity: hit.severity,
    part: hit.part,
    nodes: sorted(hit.nodes ?? defaults.nodes),
    daemonSets: sorted(hit.daemonSets ?? defaults.daemonSets),
  };
}

type Question = {
  readonly cause: Cause;
  readonly where: Where;
  readonly find: () => Hit | readonly Hit[] | CannotTell | undefined;
  readonly defaults: Defaults;
};

function answer(question: Question): Answers {
  const { cause, where, find } = question;
  const result = asked(find);
  if ("threw" in result) {
    const why = `the rule failed: ${result.threw}`;
    return { occurrences: [], unanswered: [{ code: cause.code, where, why, threw: true }] };
  }
  if ("cannotTell" in result.found) {
    const why = result.found.cannotTell;
    return { occurrences: [], unanswered: [{ code: cause.code, where, why, threw: false }] };
  }
  return {
    occurrences: result.found.map((hit) => occurrenceOf(question, hit)),
    unanswered: [],
  };
}

/** The first cause in the order of the catalogue that says yes, and those before it that could not say. */
export function askPlacement(placement: PlacementView): {
  readonly occurrence: Occurrence | undefined;
  readonly unanswered: readonly Unanswered[];
} {
  const where: Where = { scope: "placement", placement };
  const defaults = {
    nodes: [placement.node.node.name],
    daemonSets: [placement.daemonSet.key],
  };
  const unanswered: Unanswered[] = [];
  for (const cause of PLACEMENT) {
    const found = answer({ cause, where, find: () => cause.find(placement), defaults });
    unanswered.push(...found.unanswered);
    const [occurrence] = found.occurrences;
    if (occurrence !== undefined) return { occurrence, unanswered };
  }
  return { occurrence: undefined, unanswered };
}

function joined(all: readonly Answers[]): Answers {
  return {
    occurrences: all.flatMap(({ occurrences }) => occurrences),
    unanswered: all.flatMap(({ unanswered }) => unanswered),
  };
}

export function askNode(node: NodeView): Answers {
  const where: Where = { scope: "node", node };
  const uncovered = (): readonly string[] =>
    node
      .placements()
      .filter((placement) => {
        const { says } = placement.verdict();
        return placement.intended === "yes" && says !== "covered" && says !== "starting";
      })
      .map(({ daemonSet }) => daemonSet.key);
  return joined(
    NODE.map((cause) => {
      const found = answer({
        cause,
        where,
        find: () => cause.find(node),
        defaults: { nodes: [node.node.name], daemonSets: [] },
      });
      return found.occurrences.length === 0 ? found : { ...found, ...named(found, uncovered()) };
    }),
  );
}

/** A node's own hit need not name the daemons that it keeps down. */
const named = (found: Answers, daemonSets: readonly string[]): Pick<Answers, "occurrences"> => ({
  occurrences: found.occurrences.map((occurrence) =>
    occurrence.daemonSets.length > 0 ? occurrence : { ...occurrence, daemonSets },
  ),
});

function askEach(causes: readonly DaemonSetCause[], daemonSet: DaemonSetView): Answers {
  const where: Where = { scope: "daemonSet", daemonSet };
  const defaults = { nodes: [], daemonSets: [daemonSet.key] };
  return joined(
    causes.map((cause) => answer({ cause, where, find: () => cause.find(daemonSet), defaults })),
  );
}

/** What its own pods and the nodes decide. */
export const askDaemonSet = (daemonSet: DaemonSetView): Answers => askEach(OF_ITS_OWN, daemonSet);

/** What depends on who else is on its nodes. */
export const askNeighbours = (daemonSet: DaemonSetView): Answers =>
  askEach(OF_NEIGHBOURS, daemonSet);

export function askService(service: ServiceView): Answers {
  const where: Where = { scope: "service", service };
  const defaults = { nodes: [], daemonSets: service.daemonSets.map(({ key }) => key) };
  return joined(
    SERVICE.map((cause) => answer({ cause, where, find: () => cause.find(service), defaults })),
  );
}

export function askCluster(facts: ClusterFacts): Answers {
  const defaults = { nodes: [], daemonSets: [] };
  return joined(
    CLUSTER.map((cause) =>
      answer({ cause, where: { scope: "cluster" }, find: () => cause.find(facts), defaults }),
    ),
  );
}
