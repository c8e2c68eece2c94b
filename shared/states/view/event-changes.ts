import type { Event } from "#shared/cluster/policy.ts";
import { isOfThis, type Holdings } from "./bundles.ts";
import { subjectOf, type Subject } from "./kept-events.ts";
import { podRowsOf } from "./pod-changes.ts";
import { rowKey, type RowKey, type Touched, type Urgency } from "#shared/states/row.ts";
import { same } from "./same.ts";
import type { Ref } from "#shared/states/pods/sheet.ts";

/** What an Event that comes, goes or is repeated means for the rows. true: something is another than before. */
export type EventChanges = {
  put(event: Event): boolean;
  gone(ref: Ref): void;
  reset(events: Iterable<Event>): boolean;
  expire(): void;
};

/** The same was seen once more. */
const isRepeated = (before: Event, now: Event): boolean =>
  same({ ...before, count: 0, lastAt: 0 }, { ...now, count: 0, lastAt: 0 });

export function eventChanges(all: Holdings, touched: Touched): EventChanges {
  const { held, pods, events, relations } = all;
  const rowsOfPod = podRowsOf(all);
  const keyOf = ({ namespace, name }: Pick<Ref, "namespace" | "name">) => `${namespace}/${name}`;

  function rowsOf(event: Event): readonly RowKey[] {
    const { kind, name, uid } = event.regarding;
    if (kind === "Node") {
      const node = relations.node(name);
      return node !== undefined && isOfThis(node, event) ? [rowKey("Node", node.uid)] : [];
    }
    if (kind === "DaemonSet")
      return held.byUid("DaemonSet", uid) === undefined ? [] : [rowKey("DaemonSet", uid)];
    const place = pods.placeOf(uid);
    // Where a pod was promised a place, its Events are not told.
    return place === undefined ? [] : rowsOfPod({ ...place, nominated: "" });
  }

  /** undefined: it is about nothing that we tell of. Who nobody has seen yet may turn out to be a daemon pod. */
  function wanted(event: Event): Subject | undefined {
    const subject = subjectOf(event);
    if (event.regarding.kind !== "Pod") return subject;
    return pods.placeOf(event.regarding.uid)?.daemonOf === "" ? undefined : subject;
  }

  const touch = (event: Event, urgency: Urgency): void => {
    for (const key of rowsOf(event)) touched(key, urgency);
  };

  function remove(event: Event): void {
    events.remove(event);
    touch(event, "later");
  }

  function put(event: Event): boolean {
    const before = events.get(event);
    const subject = wanted(event);
    if (before !== undefined && same(before, event)) return false;
    if (subject === undefined) {
      if (before !== undefined) remove(before);
      return before !== undefined;
    }
    const urgency = before !== undefined && isRepeated(before, event) ? "later" : "soon";
    events.put(event, subject);
    touch(event, urgency);
    if (before !== undefined) touch(before, urgency);
    return true;
  }

  const isStranger = (subject: Subject): boolean =>
    subject.startsWith("Pod/") && pods.placeOf(subject.slice(4)) === undefined;

  return {
    put,
    gone(ref) {
      const before = events.get(ref);
      if (before !== undefined && (ref.uid === "" || ref.uid === before.uid)) remove(before);
    },
    reset(list) {
      const told = new Set<string>();
      let differed = false;
      for (const event of list) {
        told.add(keyOf(event));
        if (put(event)) differed = true;
      }
      for (const event of events.all()) {
        if (told.has(keyOf(event))) continue;
        remove(event);
        differed = true;
      }
      return differed;
    },
    expire() {
      for (const event of events.expire(all.leases.usual(), isStranger)) touch(event, "later");
    },
  };
}
