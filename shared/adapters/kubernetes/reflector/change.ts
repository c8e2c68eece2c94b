import type { InputProblem, NotSeen } from "#shared/cluster/cluster.ts";

/** Why everything is read again. */
export type ListReason =
  | "start"
  | "expired"
  | "bad-line"
  | "server-error"
  | "short-watch"
  | "out-of-order"
  | "consumer-threw"
  | "no-watch-list"
  | "older-list"
  | "confirm"
  | "not-seen"
  | "resync"
  | "failed";

/** What a follower of one kind is told, in order. `T` is what it keeps of an object. */
export type Change<T> =
  /** All there are; what is not among them is gone. Never part of a list, nor an older one than was seen before. */
  | {
      readonly is: "reset";
      readonly objects: readonly T[];
      readonly version: string;
      readonly why: ListReason;
      readonly problems: readonly InputProblem[];
    }
  /** New or changed. A name that was taken away and is there again comes as gone and put, with another uid. */
  | { readonly is: "put"; readonly object: T; readonly problems: readonly InputProblem[] }
  | {
      readonly is: "gone";
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
    }
  /** From here on the kind is not in sight: what was told before may be stale. A reset ends it. */
  | { readonly is: "not-seen"; readonly why: NotSeen["why"]; readonly detail: string };

/** Called for what one piece of the stream brought; nothing more is read before it is done. */
export type Take<T> = (changes: readonly Change<T>[]) => void | Promise<void>;
