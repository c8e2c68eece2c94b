import { redactText } from "#shared/cluster/redact-text.ts";
import { text, type At, type JsonRecord } from "./json.ts";

const MOST = 4096;
const known = new Map<string, string>();

/**
 * What a controller, a kubelet or a program said. Such texts quote command lines, URLs and the last words of a process, so what
 * looks like a credential is taken out here, before anything can show it. The same few texts occur on every node.
 */
export function message(at: At, raw: JsonRecord, key: string): string {
  const said = text(at, raw, key);
  if (said === "") return said;
  const before = known.get(said);
  if (before !== undefined) return before;
  const clean = redactText(said);
  if (known.size >= MOST) known.clear();
  known.set(said, clean);
  return clean;
}
