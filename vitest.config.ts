import { defineConfig } from "vitest/config";
import { closingLineReporter } from "./test/closing-line.ts";

/**
 * isolate: false is a check, not only speed: state that leaks between files of a pure core shows as a failing test.
 * The slow suites (control plane, cloud, browser, faults) are commands of their own, not part of this run.
 */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    isolate: false,
    testTimeout: 20_000,
    reporters: [process.env["CI"] ? "dot" : "default", closingLineReporter],
  },
});
