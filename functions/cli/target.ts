import { didYouMean } from "#shared/cluster/nearest-name.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { Question } from "#shared/report/explain.ts";
import { usage } from "./failure.ts";

const KINDS: ReadonlyMap<string, "node" | "daemonSet" | "pod"> = new Map([
  ["node", "node"],
  ["nodes", "node"],
  ["no", "node"],
  ["ds", "daemonSet"],
  ["daemonset", "daemonSet"],
  ["daemonsets", "daemonSet"],
  ["daemonset.apps", "daemonSet"],
  ["daemonsets.apps", "daemonSet"],
  ["pod", "pod"],
  ["pods", "pod"],
  ["po", "pod"],
]);

const HOW = "say node/NAME, ds/NAMESPACE/NAME, both, or pod/NAMESPACE/NAME";

type Named = { node?: string; daemonSet?: string; pod?: string };

/** As people type it for kubectl: "node/n1", "node n1", "ds/ns/name", "ds ns/name", "ds name" with -n. */
export function questionOf(words: readonly string[], namespace: string | undefined): Question {
  const named: Named = {};
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const slash = word.indexOf("/");
    const kind = kindOf(slash < 0 ? word : word.slice(0, slash));
    const name = slash < 0 ? rest.shift() : word.slice(slash + 1);
    if (name === undefined || name === "") throw usage(`${printable(word, 80)} names none`, HOW);
    if (named[kind] !== undefined)
      throw usage("one node and one DaemonSet at most can be explained at once", HOW);
    named[kind] = kind === "node" ? name : qualified(name, namespace);
  }
  return question(named);
}

function question({ node, daemonSet, pod }: Named): Question {
  if (pod !== undefined) {
    if (node === undefined && daemonSet === undefined) return { about: "pod", pod };
    throw usage("a pod says which node and which DaemonSet is meant: name it alone", HOW);
  }
  if (daemonSet !== undefined)
    return node === undefined
      ? { about: "daemonSet", daemonSet }
      : { about: "placement", daemonSet, node };
  if (node !== undefined) return { about: "node", node };
  throw usage("explain what?", HOW);
}

function kindOf(word: string): "node" | "daemonSet" | "pod" {
  const kind = KINDS.get(word.toLowerCase());
  if (kind !== undefined) return kind;
  throw usage(
    `"${printable(word, 80)}" is no kind that can be explained.${didYouMean(word, KINDS.keys())}`,
    HOW,
  );
}

const qualified = (name: string, namespace: string | undefined): string =>
  namespace === undefined || name.includes("/") ? name : `${namespace}/${name}`;
