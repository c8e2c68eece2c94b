import type { Taint } from "#shared/cluster/node.ts";
import type { Toleration } from "#shared/cluster/pod.ts";

/** A taint as evidence: plain data. */
export type TaintText = Pick<Taint, "key" | "value" | "effect">;

/** Each taint once, in the order in which they are met. */
export function distinctTaints(taints: Iterable<TaintText>): readonly TaintText[] {
  const found = new Map<string, TaintText>();
  for (const { key, value, effect } of taints)
    found.set(JSON.stringify([key, value, effect]), { key, value, effect });
  return [...found.values()];
}

/** As little as lets a pod onto nodes with all of these taints: one value is named, several are any. */
export function tolerationsFor(taints: readonly TaintText[]): readonly Toleration[] {
  const groups = Map.groupBy(taints, ({ key, effect }) => JSON.stringify([key, effect]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { key, value, effect } = first;
    const exact = value !== "" && group.every((other) => other.value === value);
    return [
      {
        key,
        operator: exact ? "Equal" : "Exists",
        value: exact ? value : "",
        effect,
        seconds: undefined,
      },
    ];
  });
}

/** The calls that let a DaemonSet onto nodes with these taints; none where there is nothing to tolerate. */
export function addTolerations(
  daemonSet: string,
  taints: readonly TaintText[],
  nodes: readonly string[],
) {
  const [toleration, ...also] = tolerationsFor(taints);
  if (toleration === undefined) return [];
  return [
    {
      action: "add-toleration" as const,
      daemonSet,
      toleration,
      ...(also.length > 0 && { also }),
      nodes,
    },
  ];
}
