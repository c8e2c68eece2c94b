import { AuditorError } from "#shared/auditor-error.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { printable } from "#shared/cluster/printable.ts";
import {
  atRoot,
  instant,
  isRecord,
  newReading,
  number,
  record,
  text,
} from "#shared/cluster/read/json.ts";
import { unreachable, type Answer } from "./api-client.ts";
import type { ApiSource } from "./reflector/source.ts";

/** What a holder writes of itself. */
export type Term = {
  /** "": it has let go. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly transitions: number;
  readonly acquiredAt: Instant;
  readonly renewedAt: Instant;
};

/** The Lease as it stands. */
export type LeaseNow = Pick<Term, "holder" | "durationSeconds" | "transitions"> & {
  /** A Lease that was deleted and made again has another. */
  readonly uid: string;
  readonly createdAt: Instant;
  readonly version: string;
  /** Differs whenever a holder wrote; what others do to labels and annotations is no sign of life. */
  readonly beat: string;
};

/** "conflict": somebody else was quicker. "absent": there is none. Whatever else goes wrong is thrown. */
export type LeaseStore = {
  read(signal: AbortSignal): Promise<LeaseNow | "absent">;
  create(term: Term, signal: AbortSignal): Promise<LeaseNow | "conflict">;
  update(lease: LeaseNow, term: Term, signal: AbortSignal): Promise<Updated>;
};
export type Updated = LeaseNow | "conflict" | "absent";

export type LeaseName = { readonly namespace: string; readonly name: string };

const API = "coordination.k8s.io/v1";
/** A Lease is small; whoever sends more is no API server. */
const LARGEST = 1024 ** 2;

/** One Lease, in an API server. */
export function leaseStore(source: ApiSource, { namespace, name }: LeaseName): LeaseStore {
  const all = `/apis/${API}/namespaces/${encodeURIComponent(namespace)}/leases`;
  const one = `${all}/${encodeURIComponent(name)}`;
  const bodyOf = (term: Term, before: object): string =>
    JSON.stringify({
      apiVersion: API,
      kind: "Lease",
      metadata: { namespace, name, ...before },
      spec: specOf(term),
    });
  const ask = async (verb: Verb, work: Promise<Answer>): Promise<Read> => {
    const answer = await work.catch((error: unknown) => {
      throw unreachable("the API server", error);
    });
    return { verb, namespace, status: answer.status, words: await wordsOf(answer) };
  };
  return {
    async read(signal) {
      const asked = { accept: "application/json", endless: false, signal };
      const read = await ask("get", source.get(one, asked));
      return read.status === 404 ? "absent" : leaseOf(read);
    },
    async create(term, signal) {
      const body = bodyOf(term, {});
      const read = await ask("create", source.write(all, { method: "POST", body }, signal));
      return read.status === 409 ? "conflict" : leaseOf(read);
    },
    async update(lease, term, signal) {
      // With its version and its birth: what was written since, or made anew, is not overwritten.
      const body = bodyOf(term, { uid: lease.uid, resourceVersion: lease.version });
      const read = await ask("update", source.write(one, { method: "PUT", body }, signal));
      if (read.status === 409) return "conflict";
      return read.status === 404 ? "absent" : leaseOf(read);
    },
  };
}

type Verb = "get" | "create" | "update";
type Read = {
  readonly verb: Verb;
  readonly namespace: string;
  readonly status: number;
  readonly words: string;
};

async function wordsOf({ body }: Answer): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > LARGEST) throw new AuditorError("cluster.unreachable", "a Lease of over 1 MiB");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** MicroTime, as the API server wants it. */
const micro = (at: Instant): string => `${new Date(at).toISOString().slice(0, -1)}000Z`;

const specOf = (term: Term): object => ({
  holderIdentity: term.holder,
  leaseDurationSeconds: term.durationSeconds,
  acquireTime: micro(term.acquiredAt),
  renewTime: micro(term.renewedAt),
  leaseTransitions: term.transitions,
});

function leaseOf(read: Read): LeaseNow {
  const json = read.status < 300 ? parsed(read.words) : undefined;
  if (!isRecord(json)) throw refused(read);
  const at = atRoot(newReading(), () => "Lease");
  const [metadata, spec] = [record(at, json, "metadata"), record(at, json, "spec")];
  const lease = {
    uid: text(at, metadata, "uid"),
    createdAt: instant(at, metadata, "creationTimestamp") ?? 0,
    version: text(at, metadata, "resourceVersion"),
    holder: text(at, spec, "holderIdentity"),
    durationSeconds: number(at, spec, "leaseDurationSeconds") ?? 0,
    transitions: number(at, spec, "leaseTransitions") ?? 0,
    beat: JSON.stringify(spec),
  };
  if (lease.uid === "" || lease.version === "" || lease.createdAt === 0) throw refused(read);
  return lease;
}

function parsed(words: string): unknown {
  try {
    return JSON.parse(words);
  } catch {
    return undefined;
  }
}

function refused({ verb, namespace, status, words }: Read): AuditorError {
  const json = parsed(words);
  const said = isRecord(json) && typeof json["message"] === "string" ? json["message"] : "";
  const where = `resource leases of ${API.replace("/v1", "")} in namespace ${printable(namespace, 63)}`;
  const detail = said === "" ? "" : `: ${printable(said, 300)}`;
  if (status === 403)
    return new AuditorError("cluster.forbidden", `may not ${verb} ${where}${detail}`, {
      hint: `grant get, create and update of leases in namespace ${printable(namespace, 63)} to the forwarder's service account`,
    });
  if (status === 404)
    return new AuditorError("cluster.unreachable", `cannot ${verb} ${where}${detail}`, {
      hint: "does the namespace exist? --namespace names it",
    });
  if (status < 300)
    return new AuditorError("cluster.unreachable", `cannot ${verb} ${where}: no Lease came back`);
  return new AuditorError("cluster.unreachable", `cannot ${verb} ${where}: ${status}${detail}`);
}
