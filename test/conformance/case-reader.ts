import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Instant } from "#shared/cluster/metadata.ts";
import type { Node, Taint } from "#shared/cluster/node.ts";
import type { Pod, Toleration } from "#shared/cluster/pod.ts";
import {
  atRoot,
  inside,
  list,
  newReading,
  parseInstant,
  record,
  text,
  texts,
  type JsonRecord,
} from "#shared/cluster/read/json.ts";
import { taintsAt } from "#shared/cluster/read/node.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import { tolerationsAt } from "#shared/cluster/read/pod-spec.ts";
import type { Version } from "#shared/cluster/version.ts";

/** The input of one case, its objects read as those of a dump are. */
export type CaseReader = {
  readonly raw: JsonRecord;
  /** Of Kubernetes, whose answer is asked for; undefined stands for the newest that we know. */
  readonly version: Version | undefined;
  daemonSet(): DaemonSet;
  node(key?: string): Node;
  nodes(): readonly Node[];
  /** Absent containers, names, owners: recorded pods have only what their test needed. */
  pod(): Pod;
  pods(key: string): readonly Pod[];
  now(): Instant;
  word(key: string): string;
  words(key: string): readonly string[];
  flag(key: string): boolean;
  taints(): readonly Taint[];
  tolerations(): readonly Toleration[];
  inside(key: string): JsonRecord;
};

export function readCase(raw: JsonRecord, version?: Version): CaseReader {
  const at = atRoot(newReading(), () => "case");
  return {
    raw,
    version,
    daemonSet: () => readAs("DaemonSet", raw["daemonSet"]),
    node: (key = "node") => readAs("Node", raw[key]),
    nodes: () => list(at, raw, "nodes").map((node) => readAs("Node", node)),
    pod: () => readAs("Pod", raw["pod"]),
    pods: (key) => list(at, raw, key).map((pod) => readAs("Pod", pod)),
    now: () => parseInstant(text(at, raw, "now")) ?? 0,
    word: (key) => text(at, raw, key),
    words: (key) => texts(at, raw, key),
    flag: (key) => raw[key] === true,
    taints: () => taintsAt(at, raw, "taints"),
    tolerations: () => tolerationsAt(at, raw, "tolerations"),
    inside: (key) => record(inside(at, key), raw, key),
  };
}
