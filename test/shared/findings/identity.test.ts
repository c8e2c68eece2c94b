import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findingId, type Identity } from "#shared/findings/identity.ts";

const identity = (parts: Partial<Identity> = {}): Identity => ({
  cluster: "3f1c",
  cause: "insufficient-memory",
  subject: { kind: "DaemonSet", namespace: "logging", name: "agent" },
  ...parts,
});

test("an id is public: it never changes between versions", () => {
  expect(findingId(identity())).toBe("714262859cf647a0181183d9");
});

test("an empty part is no part", () => {
  const subject = { ...identity().subject, part: "" };

  expect(findingId(identity({ subject }))).toBe(findingId(identity()));
});

test("two identities share an id only when they are equal", () => {
  const text = fc.string({ maxLength: 4, unit: fc.constantFrom("a", "b", ":", "/", "1", "é") });
  const any = fc.record({
    cluster: text,
    cause: text,
    subject: fc.record({
      kind: fc.constantFrom("DaemonSet", "Node", "Service", "Cluster"),
      namespace: text,
      name: text,
      part: text,
    }),
  });
  fc.assert(
    fc.property(any, any, (a, b) => {
      expect(findingId(a) === findingId(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});
