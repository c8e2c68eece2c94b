import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  comparisonIn,
  daemonTolerations,
  KEEPING_AWAY,
  showTaint,
  tolerated,
  tolerates,
  untolerated,
} from "#shared/cluster/taints.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import { taint, tolerate, TOLERATE_ALL } from "../../fixtures/build.ts";

const GPU = taint("gpu", "NoSchedule", "yes");
const toleration = (key: string, operator: string, value = "", effect = "") => ({
  ...tolerate(key, effect),
  operator,
  value,
});

// k8s.io/api/core/v1/toleration.go, ToleratesTaint
test.each([
  ["no operator means Equal", toleration("gpu", "", "yes"), GPU, "yes"],
  ["Equal: another value", toleration("gpu", "Equal", "no"), GPU, "no"],
  ["Equal: an empty value is a value", toleration("gpu", "Equal"), GPU, "no"],
  ["Exists does not look at the value", toleration("gpu", "Exists", "no"), GPU, "yes"],
  ["another key", toleration("cpu", "Exists"), GPU, "no"],
  ["the case of a key matters", toleration("GPU", "Exists"), GPU, "no"],
  ["no key means every key", toleration("", "Exists"), GPU, "yes"],
  ["no key with Equal compares values alone", toleration("", "Equal", "yes"), GPU, "yes"],
  ["no effect means every effect", toleration("gpu", "Equal", "yes", ""), GPU, "yes"],
  ["another effect", toleration("gpu", "Equal", "yes", "NoExecute"), GPU, "no"],
  ["the same effect", toleration("gpu", "Equal", "yes", "NoSchedule"), GPU, "yes"],
  ["an operator of another version cannot be told", toleration("gpu", "Like", "y"), GPU, "unknown"],
  ["but it must be about this taint", toleration("cpu", "Like", "y"), GPU, "no"],
  ["the case of an operator matters", toleration("gpu", "exists"), GPU, "unknown"],
] as const)("%s", (_rule, one, of, says) => {
  expect(tolerates(one, of, true)).toBe(says);
});

// The taint's value is compared with the toleration's; both are canonical decimal int64.
test.each([
  ["Gt: 950 is more than 900", "Gt", "900", "950", "yes"],
  ["Gt: 900 is not more than 900", "Gt", "900", "900", "no"],
  ["Lt: 800 is less than 900", "Lt", "900", "800", "yes"],
  ["Lt: 900 is not less than 900", "Lt", "900", "900", "no"],
  ["negative numbers", "Gt", "-100", "-50", "yes"],
  ["leading zeros are no number", "Gt", "900", "0950", "no"],
  ["nor is a plus sign", "Gt", "+900", "950", "no"],
  ["nor is a fraction", "Gt", "900.5", "950", "no"],
  ["nor is nothing", "Gt", "", "950", "no"],
  ["nor is a sign", "Lt", "-", "-5", "no"],
  ["nor is minus zero", "Lt", "-0", "-5", "no"],
  ["zero is", "Lt", "0", "-5", "yes"],
  ["the end of int64", "Gt", "0", "9223372036854775807", "yes"],
  ["beyond it", "Gt", "0", "9223372036854775808", "no"],
] as const)("with the gate on: %s", (_rule, operator, wanted, has, says) => {
  const one = toleration("n", operator, wanted);
  expect(tolerates(one, taint("n", "NoSchedule", has), true)).toBe(says);
});

test("Gt and Lt: a plain no with the gate off; where it cannot be seen, cannot tell if it decides", () => {
  const one = toleration("n", "Gt", "900");
  const more = taint("n", "NoSchedule", "950");
  const less = taint("n", "NoSchedule", "850");
  expect([true, false, "unknown" as const].map((gate) => tolerates(one, more, gate))).toEqual([
    "yes",
    "no",
    "unknown",
  ]);
  expect(tolerates(one, less, "unknown")).toBe("no");
  expect(tolerated(more, [one, tolerate("n")], "unknown")).toBe("yes");
  expect(tolerated(more, [one, tolerate("m")], "unknown")).toBe("unknown");
});

test.each([
  ["v1.34.9", false],
  ["v1.35.0", "unknown"],
  ["v1.37.2", "unknown"],
  ["", "unknown"],
] as const)("in %s the comparing operators are %s", (version, says) => {
  expect(comparisonIn(parseVersion(version))).toBe(says);
});

const BOTH = { effects: KEEPING_AWAY, comparison: "unknown" } as const;
const A = taint("a");
const B = taint("b", "NoExecute");
const PREFER = taint("c", "PreferNoSchedule");
const STRANGE = taint("d", "NoAdmit");

test.each([
  ["nothing to tolerate", [], [], undefined],
  ["the first that is not tolerated", [A, B], [tolerate("a")], { taint: B, answer: "no" }],
  ["all are", [A, B], [tolerate("a"), tolerate("b")], undefined],
  ["PreferNoSchedule keeps nobody away", [PREFER], [], undefined],
  ["a new effect might", [STRANGE], [], { taint: STRANGE, answer: "unknown" }],
  ["what is sure comes before what is not", [STRANGE, A], [], { taint: A, answer: "no" }],
  [
    "a toleration that might do",
    [taint("a", "NoSchedule", "7")],
    [toleration("a", "Gt", "5")],
    { taint: taint("a", "NoSchedule", "7"), answer: "unknown" },
  ],
] as const)("untolerated: %s", (_rule, taints, tolerations, says) => {
  expect(untolerated(taints, tolerations, BOTH)).toEqual(says);
});

test("only the effects that are asked for count", () => {
  expect(untolerated([A, B], [], { effects: ["NoExecute"], comparison: false })?.taint).toBe(B);
});

// pkg/controller/daemon/util/daemonset_util.go, AddOrUpdateDaemonPodTolerations
const show = (spec: Parameters<typeof daemonTolerations>[0]) =>
  daemonTolerations(spec).map(({ key, operator, effect }) => `${key} ${operator} ${effect}`);

test("a daemon pod tolerates six conditions of a node, with hostNetwork a seventh", () => {
  const six = [
    "node.kubernetes.io/not-ready Exists NoExecute",
    "node.kubernetes.io/unreachable Exists NoExecute",
    "node.kubernetes.io/disk-pressure Exists NoSchedule",
    "node.kubernetes.io/memory-pressure Exists NoSchedule",
    "node.kubernetes.io/pid-pressure Exists NoSchedule",
    "node.kubernetes.io/unschedulable Exists NoSchedule",
  ];
  expect(show({ tolerations: [], hostNetwork: false })).toEqual(six);
  expect(show({ tolerations: [], hostNetwork: true })).toEqual([
    ...six,
    "node.kubernetes.io/network-unavailable Exists NoSchedule",
  ]);
});

test("an equal toleration of the user is replaced and loses its seconds; one that differs stays", () => {
  const equal = { ...tolerate("node.kubernetes.io/not-ready", "NoExecute"), seconds: 30 };
  const wider = { ...tolerate("node.kubernetes.io/not-ready"), seconds: 30 };
  const made = daemonTolerations({ tolerations: [equal, wider], hostNetwork: false });
  expect(made.filter(({ key }) => key === "node.kubernetes.io/not-ready")).toEqual([
    wider,
    { ...equal, seconds: undefined },
  ]);
});

test.each([
  [taint("a"), "a:NoSchedule"],
  [taint("example.com/a", "NoExecute", "b"), "example.com/a=b:NoExecute"],
] as const)("a taint is shown as kubectl writes it", (one, text) => {
  expect(showTaint(one)).toBe(text);
});

const anyTaint = fc
  .tuple(
    fc.constantFrom("a", "b", "__proto__"),
    fc.constantFrom("", "5", "x"),
    fc.constantFrom("NoSchedule", "NoExecute", "PreferNoSchedule", "NoAdmit"),
  )
  .map(([key, value, effect]) => taint(key, effect, value));
const anyToleration = fc
  .tuple(
    fc.constantFrom("", "a", "b", "__proto__"),
    fc.constantFrom("", "Equal", "Exists", "Gt", "Lt", "Like"),
    fc.constantFrom("", "4", "5", "x"),
    fc.constantFrom("", "NoSchedule", "NoExecute"),
  )
  .map((parts) => toleration(...parts));
const RANK = { no: 0, unknown: 1, yes: 2 } as const;

test("one more toleration never tolerates less, and their order does not matter", () => {
  fc.assert(
    fc.property(anyTaint, fc.array(anyToleration), anyToleration, (one, few, more) => {
      const before = RANK[tolerated(one, few, "unknown")];
      const after = RANK[tolerated(one, [...few, more], "unknown")];

      expect(after).toBeGreaterThanOrEqual(before);
      expect(RANK[tolerated(one, [more, ...few], "unknown")]).toBe(after);
    }),
  );
});

test("whoever tolerates everything is kept away by nothing that is known", () => {
  fc.assert(
    fc.property(fc.array(anyTaint), (taints) => {
      const away = untolerated(taints, [TOLERATE_ALL], BOTH);
      expect(away?.taint.effect).toBe(
        taints.some(({ effect }) => effect === "NoAdmit") ? "NoAdmit" : undefined,
      );
    }),
  );
});

test("what the controller adds, it adds once", () => {
  fc.assert(
    fc.property(fc.array(anyToleration), fc.boolean(), (tolerations, hostNetwork) => {
      const once = daemonTolerations({ tolerations, hostNetwork });
      expect(daemonTolerations({ tolerations: once, hostNetwork })).toEqual(once);
    }),
  );
});
