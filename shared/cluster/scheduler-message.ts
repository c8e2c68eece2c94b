/** What one clause of the scheduler's message says of some nodes. "other" keeps only its text. */
export type SchedulerReason =
  | { readonly says: "insufficient"; readonly resource: string }
  | { readonly says: "taint"; /** "" from 1.34 on, which no longer tells. */ readonly key: string }
  | { readonly says: "plugins"; readonly plugins: readonly string[] }
  | {
      readonly says:
        | "too-many-pods"
        | "host-port"
        | "node-affinity"
        | "unschedulable"
        | "pod-affinity"
        | "topology-spread"
        | "volume"
        | "not-helpful"
        | "no-victims"
        | "preemption-never"
        | "other";
    };

export type SchedulerClause = {
  /** undefined: the clause speaks of the pod as a whole ("persistentvolumeclaim \"x\" not found"). */
  readonly nodes: number | undefined;
  readonly text: string;
  readonly reason: SchedulerReason;
};

export type SchedulerMessage = {
  /** All nodes that the scheduler knew. */
  readonly total: number;
  readonly clauses: readonly SchedulerClause[];
  /** What it said of preemption; empty when it said nothing. */
  readonly preemption: readonly SchedulerClause[];
  /** Cut off: events end at 1024 bytes, conditions do not. */
  readonly truncated: boolean;
};

const PATTERNS: readonly (readonly [
  RegExp,
  Exclude<SchedulerReason["says"], "insufficient" | "taint" | "plugins">,
])[] = [
  [/^Too many pods/, "too-many-pods"],
  [/free ports for the requested/, "host-port"],
  // The first is older than 1.26, the second is today's.
  [/didn't match (?:Pod's node affinity|node selector)/, "node-affinity"],
  [/^node\(s\) were unschedulable/, "unschedulable"],
  [/topology spread constraints/, "topology-spread"],
  [/pod (?:anti-)?affinity|existing pods anti-affinity/, "pod-affinity"],
  [/volume|PersistentVolumeClaim|persistentvolumeclaim|CSI driver|ReadWriteOncePod/, "volume"],
  [/Preemption is not helpful/, "not-helpful"],
  [/No preemption victims found/, "no-victims"],
  [/preemptionPolicy=Never/, "preemption-never"],
];

function reasonOf(text: string): SchedulerReason {
  const resource = /^Insufficient (\S+)$/.exec(text)?.[1];
  if (resource !== undefined) return { says: "insufficient", resource };
  // Up to 1.33 "{key: value}"; before 1.26 "had taint {key: value}, that the pod didn't tolerate".
  const taint = /^node\(s\) had (?:untolerated )?taint(?:\(s\)|\s*\{([^:}]*):[^}]*\})/.exec(text);
  if (taint) return { says: "taint", key: taint[1] ?? "" };
  const plugins = /didn't satisfy plugin\(s\) \[([^\]]*)\]/.exec(text)?.[1];
  if (plugins !== undefined)
    return { says: "plugins", plugins: plugins.split(/[\s,]+/).filter((name) => name !== "") };
  return { says: PATTERNS.find(([pattern]) => pattern.test(text))?.[1] ?? "other" };
}

function clauseOf(part: string): SchedulerClause {
  const [, nodes, counted] = /^(\d{1,6}) (.+)$/s.exec(part) ?? [];
  const text = (counted ?? part).replace(/\.$/, "");
  return { nodes: nodes === undefined ? undefined : Number(nodes), text, reason: reasonOf(text) };
}

/** A comma ends a clause only where a count follows: texts hold commas too ("plugin(s) [A, B]"). */
const clausesOf = (list: string): readonly SchedulerClause[] =>
  list
    .split(/, (?=\d{1,6} )/)
    .map((part) => part.trim())
    .filter((part) => part !== "" && part !== ".")
    .map(clauseOf);

const HEAD = /^0\/(\d{1,6}) nodes are available:?\s*/;

/**
 * "0/5 nodes are available: 1 Insufficient cpu, 4 node(s) … preemption: 0/5 nodes are available: …" of a PodScheduled
 * condition or a FailedScheduling event; undefined for any other text. Mirrors pkg/scheduler/framework/types.go,
 * FitError.Error. For a pinned pod one node is real, so this is evidence and never decides.
 */
export function parseSchedulerMessage(message: string): SchedulerMessage | undefined {
  const head = HEAD.exec(message);
  if (!head) return undefined;
  const truncated = message.endsWith(" ...");
  const rest = (truncated ? message.slice(0, -4) : message).slice(head[0].length);
  const at = rest.search(/(?:^|\s)preemption: /);
  const filters = at < 0 ? rest : rest.slice(0, at);
  const after = at < 0 ? "" : rest.slice(at).replace(/^\s*preemption: /, "");
  return {
    total: Number(head[1]),
    // The dynamic resources plugin puts its own sentence between the two parts.
    clauses: clausesOf(filters.replace(/\. [a-z][^.]*$/, ".").trim()),
    preemption: clausesOf(after.replace(HEAD, "").trim()),
    truncated,
  };
}
