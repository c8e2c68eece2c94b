import { defineConfig } from "vitest/config";
import { closingLineReporter } from "../closing-line.ts";

/** Two files at once: one for each of two cores. */
export default defineConfig({
  test: {
    root: new URL("../..", import.meta.url).pathname,
    include: [
      "test/faults/suites/*.suite.ts",
      // Here in their long form.
      "test/shared/adapters/kubernetes/reflector/{lists,reflector}.test.ts",
    ],
    maxWorkers: 2,
    testTimeout: 120_000,
    reporters: [process.env["CI"] ? "dot" : "default", closingLineReporter],
  },
});
