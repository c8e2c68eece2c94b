import type { Kind } from "#shared/cluster/cluster.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { Assembly } from "#shared/cluster/read/cluster.ts";
import type { ListHead, StreamSink } from "#shared/cluster/read/json-stream.ts";
import { atRoot, isRecord, problem } from "#shared/cluster/read/json.ts";
import { kindOf, RESOURCES } from "#shared/cluster/read/object.ts";

/** What was met in one file. */
export type Tally = {
  /** Objects of any kind, ours or not. */
  objects: number;
  internal: boolean;
};

const NEEDED: readonly Kind[] = ["Node", "Pod", "DaemonSet"];

/**
 * What the file's name says its items are, for lists that do not: nodes.json of a cluster-info dump, core_v1_pods.json of
 * sonobuoy, pods/default.json of a support bundle.
 */
function kindByName(path: string): Kind | undefined {
  const words = path.toLowerCase().split(/[/\\]/).slice(-2).toReversed();
  for (const word of words) {
    const parts = word.replace(/\.[a-z.]+$/, "").split("_");
    const found = RESOURCES.find(({ plural }) => plural === parts.at(-1));
    if (found) return found.kind;
  }
  return undefined;
}

const itemKind = (list: ListHead | undefined): string => list?.kind.replace(/List$/, "") ?? "";

const textAt = (value: unknown, key: string): string => {
  const found = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === "string" ? found : "";
};

/** `kubectl version -o json`, GET /version, cluster_version.json of a support bundle. */
const versionIn = (json: Readonly<Record<string, unknown>>): string =>
  textAt(json["serverVersion"], "gitVersion") ||
  textAt(json["info"], "gitVersion") ||
  textAt(json, "gitVersion");

/** Takes what a stream of one file tells into the assembly. */
export function dumpSink(assembly: Assembly, name: string): { sink: StreamSink; tally: Tally } {
  const tally: Tally = { objects: 0, internal: false };
  const byName = kindByName(name);
  let cutOff = false;
  const at = atRoot(assembly.reading, () => printable(name));

  const take = (json: unknown, list: ListHead | undefined): void => {
    if (!isRecord(json)) return;
    const own = textAt(json, "kind");
    if (own.endsWith("List") && Array.isArray(json["items"])) {
      const inner = {
        kind: own,
        apiVersion: textAt(json, "apiVersion"),
        continue: "",
        internal: false,
      };
      for (const item of json["items"]) take(item, inner);
      return;
    }
    const kind = itemKind(list) || (list ? (byName ?? "") : "");
    if (own === "" && kind === "") {
      const version = versionIn(json);
      if (version !== "") assembly.sawVersion(version);
      return;
    }
    tally.objects += 1;
    assembly.add(json, { kind, apiVersion: list?.apiVersion ?? "" });
  };

  return {
    tally,
    sink: {
      object: take,
      list(head) {
        if (head.internal) tally.internal = true;
        const kind = kindOf(itemKind(head), head.apiVersion) ?? byName;
        if (kind === undefined) return;
        if (head.continue === "") assembly.sawList(kind);
        else assembly.notSeen({ kind, why: "partial", detail: "one page of a longer list" });
      },
      broken(what, offset, list) {
        const named = itemKind(list);
        const kind = kindOf(named, "");
        // Between documents there are logs; a list that says that its items are none of ours costs nothing.
        if ((what === "syntax" && list === undefined) || cutOff) return;
        if (kind === undefined && named !== "") return;
        // What lies inside of a document that was cut off is cut off too.
        cutOff = what === "cut-off";
        problem(at, {
          code: what === "syntax" ? "input.syntax" : "input.cut-off",
          value: offset,
          fix:
            what === "syntax"
              ? "an object here is no JSON or YAML; collect it again"
              : "the file ends too early; collect it again",
        });
        isPartial(assembly, kind, "an object could not be read");
      },
    },
  };
}

const isPartial = (assembly: Assembly, kind: Kind | undefined, detail: string): void => {
  for (const one of kind ? [kind] : NEEDED) assembly.notSeen({ kind: one, why: "partial", detail });
};

/** A file that should be a dump and cannot be read: nobody knows what was in it, unless its name tells. */
export function fileUnread(assembly: Assembly, name: string): void {
  problem(
    atRoot(assembly.reading, () => printable(name)),
    {
      code: "input.unreadable",
      value: "",
      fix: "the file is damaged or no text; collect it again",
    },
  );
  isPartial(assembly, kindByName(name), `${printable(name, 200)} could not be read`);
}
