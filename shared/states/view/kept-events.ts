import type { Instant } from "#shared/cluster/metadata.ts";
import type { Event } from "#shared/cluster/policy.ts";
import type { Ref } from "#shared/states/pods/sheet.ts";

/** Newer ones say more, and what came before an hour ago the API server forgets as well. */
const MOST = 20;
const LIFETIME = 3_600_000;
/** Objects that nobody has seen yet, or that are gone: their Events wait for them, but not without end. */
const MOST_STRANGERS = 2000;

/** "Node/<name>", "DaemonSet/<uid>", "Pod/<uid>": what an Event is about. Kubelets give a node's name for its UID. */
export type Subject = `${"Node" | "DaemonSet" | "Pod"}/${string}`;

export function subjectOf({ regarding: { kind, name, uid } }: Event): Subject | undefined {
  if (kind === "Node") return name === "" ? undefined : `Node/${name}`;
  if (uid === "" || (kind !== "DaemonSet" && kind !== "Pod")) return undefined;
  return `${kind}/${uid}`;
}

const timeOf = ({ lastAt, firstAt, createdAt }: Event): Instant =>
  lastAt ?? firstAt ?? createdAt ?? 0;

const keyOf = ({ namespace, name }: Pick<Ref, "namespace" | "name">): string =>
  `${namespace}/${name}`;

/** The few newest Events of each object that we tell of. */
export type KeptEvents = {
  /** The Event that was known by this name. */
  get(ref: Pick<Ref, "namespace" | "name">): Event | undefined;
  put(event: Event, subject: Subject): void;
  remove(event: Event): void;
  of(subject: Subject): readonly Event[];
  forget(subject: Subject): void;
  isEmpty(): boolean;
  all(): Iterable<Event>;
  /**
   * What has become too old, removed; and the oldest strangers, where there are too many. `now`: by the cluster's clocks, since
   * ours may be hours off; undefined: as the newest Event tells.
   */
  expire(now: Instant | undefined, isStranger: (subject: Subject) => boolean): readonly Event[];
};

export function keptEvents(): KeptEvents {
  const byKey = new Map<string, Event>();
  const bySubject = new Map<Subject, Set<string>>();

  function remove(event: Event): void {
    const key = keyOf(event);
    const before = byKey.get(key);
    const subject = before && subjectOf(before);
    byKey.delete(key);
    if (subject === undefined) return;
    const keys = bySubject.get(subject);
    keys?.delete(key);
    if (keys?.size === 0) bySubject.delete(subject);
  }

  const of = (subject: Subject): readonly Event[] =>
    [...(bySubject.get(subject) ?? [])].flatMap((key) => byKey.get(key) ?? []);

  return {
    get: (ref) => byKey.get(keyOf(ref)),
    put(event, subject) {
      remove(event);
      byKey.set(keyOf(event), event);
      const keys = bySubject.get(subject) ?? new Set<string>();
      bySubject.set(subject, keys.add(keyOf(event)));
      if (keys.size <= MOST) return;
      const [oldest] = of(subject).toSorted((a, b) => timeOf(a) - timeOf(b));
      if (oldest !== undefined) remove(oldest);
    },
    remove,
    of,
    forget(subject) {
      for (const event of of(subject)) remove(event);
    },
    isEmpty: () => byKey.size === 0,
    all: () => byKey.values(),
    expire(now, isStranger) {
      const newest = (): Instant =>
        [...byKey.values()].reduce((latest, event) => Math.max(latest, timeOf(event)), 0);
      const since = (now ?? newest()) - LIFETIME;
      const old = [...byKey.values()].filter((event) => timeOf(event) < since);
      const strangers = [...bySubject.keys()].filter(isStranger);
      const many = strangers.slice(0, Math.max(0, strangers.length - MOST_STRANGERS)).flatMap(of);
      const gone = [...old, ...many];
      for (const event of gone) remove(event);
      return gone;
    },
  };
}
