import { defineConfig } from "vitest/config";

/** isolate: false is a check, not only speed: state that leaks between files of a pure core shows as a failing test. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    isolate: false,
    testTimeout: 20_000,
  },
});
