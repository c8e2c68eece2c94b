import { expect, test } from "vitest";
import { splitKey } from "#shared/cluster/metadata.ts";

test("a key is taken apart at its first slash", () => {
  expect(splitKey("a/b/c")).toEqual({ namespace: "a", name: "b/c" });
  expect(splitKey("/b")).toEqual({ namespace: "", name: "b" });
});
