import { defineConfig } from "vitest/config";
import { closingLineReporter } from "../closing-line.ts";

/** One bed at a time on two cores: files run one after the other, in the order of their names. */
export default defineConfig({
  test: {
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/control-plane/suites/*.suite.ts"],
    fileParallelism: false,
    // Stages of one bed that know nothing of each other; they wait most of their time.
    maxConcurrency: 20,
    testTimeout: 300_000,
    hookTimeout: 900_000,
    reporters: ["default", closingLineReporter],
  },
});
