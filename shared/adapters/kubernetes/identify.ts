import { AuditorError } from "#shared/auditor-error.ts";
import { isRecord } from "#shared/cluster/read/json.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { Answer } from "./api-client.ts";
import type { Source } from "./reflector/source.ts";

/** Larger than any answer to these questions. */
const LARGEST = 1024 ** 2;
const ACCEPT = "application/json";

async function ask(
  source: Source,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly answer: Answer; readonly json: unknown }> {
  const answer = await source.get(path, { accept: ACCEPT, endless: false, signal });
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of answer.body) {
    size += piece.length;
    if (size > LARGEST) throw new AuditorError("cluster.unreachable", `${path} is over 1 MiB`);
    pieces.push(piece);
  }
  return { answer, json: parsed(Buffer.concat(pieces).toString()) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const textOf = (json: unknown, key: string): string | undefined => {
  const value = isRecord(json) && Object.hasOwn(json, key) ? json[key] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
};

/** Which cluster it is: the UID of its kube-system namespace, which no two clusters share. */
export async function clusterUid(source: Source, signal: AbortSignal): Promise<string> {
  const { answer, json } = await ask(source, "/api/v1/namespaces/kube-system", signal);
  const uid = isRecord(json) ? textOf(json["metadata"], "uid") : undefined;
  if (answer.status === 200 && uid !== undefined) return uid;
  const said = printable(textOf(json, "message") ?? `it answered ${answer.status}`, 300);
  if (answer.status === 403)
    throw new AuditorError("cluster.forbidden", `may not get namespace kube-system: ${said}`, {
      hint: "its UID is the cluster's name: grant get, list and watch of namespaces to the forwarder's service account",
    });
  throw new AuditorError("cluster.unreachable", `cannot read namespace kube-system: ${said}`);
}

/** GET /version: of which version the server is, and what time it is there. */
export async function greet(
  source: Source,
  signal: AbortSignal,
): Promise<{ readonly version: string | undefined; readonly time: Instant | undefined }> {
  const { answer, json } = await ask(source, "/version", signal);
  return {
    version: answer.status === 200 ? textOf(json, "gitVersion") : undefined,
    time: Date.parse(answer.headers.date ?? "") || undefined,
  };
}
