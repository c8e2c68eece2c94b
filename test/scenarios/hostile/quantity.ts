import { expect } from "vitest";
import { parseQuantity, wholeUnits } from "#shared/cluster/quantity.ts";
import { daemonSetJson, nodeJson } from "../../fixtures/kubernetes-json.ts";
import type { Hostile } from "./corpus.ts";
import { fedBothWays, harmless, told, waiting } from "./fed.ts";

/** "value 10^18 (exa)" → 10n ** 18n */
function valueOf(expected: string): bigint {
  const [, base = "", power = "1"] = /^value (\d+)(?:\^(\d+))?/.exec(expected) ?? [];
  return BigInt(base) ** BigInt(power);
}

/** "wrong type" is no code; all others are written out. */
const codeOf = (expected: string): string =>
  /quantity\.[a-z_]+/.exec(expected)?.[0] ?? "quantity.type";

const requesting = (amount: unknown) => ({
  containers: [{ name: "c", resources: { requests: { "example.com/device": amount } } }],
});

/** A node that gives it, a DaemonSet that asks for it, and its pod that waits for that node. */
const holders = (amount: unknown) => [
  nodeJson("n1", { status: { allocatable: { "example.com/device": amount, pods: "110" } } }),
  daemonSetJson("x", { spec: { template: { spec: requesting(amount) } } }),
  waiting("x", "n1", requesting(amount)),
];

const REQUESTS = "spec.containers.resources.requests.example.com/device";
const FIELDS = [
  "DaemonSet/kube-system/x spec.template." + REQUESTS,
  "Node/n1 status.allocatable.example.com/device",
  "Pod/kube-system/x-n1 " + REQUESTS,
];

/** Refused with the field named, and the object it stood in is audited all the same. */
export async function quantity({ input, class: outcome, expect: expected }: Hostile) {
  const report = await fedBothWays(holders(input));
  const parsed = await harmless(() => parseQuantity(input), 1);

  expect(report.nodes.map(({ name }) => name)).toContain("n1");
  expect(report.daemonSets.map(({ name }) => name)).toContain("x");
  if (outcome === "accept") {
    expect(parsed.ok && wholeUnits(parsed.quantity)).toBe(valueOf(expected));
    expect(told(report)).toEqual([]);
  } else {
    const code = codeOf(expected);
    expect(told(report).toSorted()).toEqual(FIELDS.map((field) => `${code} ${field}`).toSorted());
    // Below zero parses; that it makes no sense is the reader's word.
    if (code !== "quantity.negative") expect(parsed).toMatchObject({ ok: false, code });
  }
  if (expected.includes("never-fits"))
    expect(report.placements).toContainEqual(
      expect.objectContaining({
        daemonSet: "kube-system/x",
        node: "n1",
        verdict: "gap",
        cause: "insufficient-example.com/device",
      }),
    );
}
