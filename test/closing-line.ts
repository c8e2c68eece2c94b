import type { Reporter, TestModule } from "vitest/node";

/** Every suite of ours ends with this one line, so that a script can add suites up without knowing their runner. */
export const closingLine = (passed: number, failed: number, skipped: number): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

function count(modules: readonly TestModule[], state: string): number {
  let total = 0;
  for (const module of modules) {
    for (const test of module.children.allTests()) if (test.result().state === state) total += 1;
  }
  return total;
}

/** A file that does not load has no tests to fail; it counts as one failure all the same. */
const brokenFiles = (modules: readonly TestModule[]): number =>
  modules.filter((module) => module.errors().length > 0).length;

export const closingLineReporter: Reporter = {
  onTestRunEnd(modules, unhandled) {
    const failed = count(modules, "failed") + brokenFiles(modules) + unhandled.length;
    const left = count(modules, "skipped") + count(modules, "pending");
    process.stdout.write(`\n${closingLine(count(modules, "passed"), failed, left)}\n`);
  },
};
