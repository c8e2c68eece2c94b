import type { Kind } from "#shared/cluster/cluster.ts";
import { jsonStream } from "#shared/cluster/read/json-stream.ts";
import { isRecord, type JsonRecord } from "#shared/cluster/read/json.ts";
import { eventOf, projection } from "./event-of.ts";
import type { Encoding, Format, PageHead } from "./format.ts";
import { lineFrames } from "./lines.ts";

/** Bytes that are no UTF-8 are a bad line, not a question mark in somebody's name. */
const decoder = new TextDecoder("utf-8", { fatal: true });

/** One event a line. */
export function jsonFormat<K extends Kind>(kind: K): Format<K> & Encoding<K> {
  const { read, forget } = projection(kind);
  const json: Encoding<K> = {
    frames(limit) {
      forget();
      return lineFrames(limit);
    },
    event: (line) => eventOf(kind, parse(line), read),
    page(onObject) {
      let head: PageHead | undefined;
      let broken = false;
      const stream = jsonStream({
        object(item, list) {
          if (list?.kind !== `${kind}List`) return;
          const { object, problems } = read(item, { kind, apiVersion: list.apiVersion });
          if (object !== undefined) onObject(object, problems);
        },
        list({ kind: said, continue: next, resourceVersion: version = "" }) {
          if (said === `${kind}List` && version !== "") head = { version, next };
        },
        broken: () => void (broken = true),
      });
      return {
        write: (chunk) => stream.write(chunk),
        end() {
          stream.end();
          return broken ? undefined : head;
        },
      };
    },
  };
  // Whatever else it says that it sends, it is read as what was asked for.
  return { ...json, accept: "application/json", of: () => json };
}

function parse(line: Uint8Array): JsonRecord | undefined {
  try {
    const json: unknown = JSON.parse(decoder.decode(line));
    return isRecord(json) ? json : undefined;
  } catch {
    return undefined;
  }
}
