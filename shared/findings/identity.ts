import type { Subject } from "./finding.ts";
import { sha256 } from "./sha256.ts";

/** What makes two troubles the same one. UIDs are not in it: a re-created DaemonSet with the old trouble keeps its thread. */
export type Identity = {
  readonly cluster: string;
  readonly cause: string;
  readonly subject: Pick<Subject, "kind" | "namespace" | "name" | "part">;
};

const HEX_DIGITS = 24;

/**
 * 96 bits of SHA-256, in hex. By accident two of a million findings share an id with odds of about 6e-18. It is
 * not a short checksum because names come from outside: whoever may name a DaemonSet must not be able to give its
 * trouble the id of another one that somebody has silenced (2^96 tries).
 */
export function findingId({ cluster, cause, subject }: Identity): string {
  const fields = [
    cluster,
    cause,
    subject.kind,
    subject.namespace,
    subject.name,
    subject.part ?? "",
  ];
  return sha256(fields.map(framed).join("")).slice(0, HEX_DIGITS);
}

/** The length in front keeps ("a", "bc") and ("ab", "c") apart, whatever the names contain. */
const framed = (field: string): string => `${field.length}:${field}`;
