import type { Command } from "commander";
import { explainSubject } from "#shared/flow/explain-subject.ts";
import { escapeUnseen } from "#shared/report/json.ts";
import { renderExplanation } from "#shared/report/explain-text.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import { demoCluster } from "./demo/demo-cluster.ts";
import type { Io } from "./io.ts";
import {
  withColor,
  withConfig,
  withInput,
  type ColorOptions,
  type ConfigOptions,
  type InputOptions,
} from "./options.ts";
import { hasColor, widthOf } from "./screen.ts";
import { deliver } from "./sink.ts";
import { sourceOf } from "./source.ts";
import { questionOf } from "./target.ts";
import { oneOf } from "./words.ts";
import { configured } from "./audit.ts";

const FORMATS = ["text", "wide", "json"] as const;

type ExplainOptions = InputOptions &
  ConfigOptions &
  ColorOptions & {
    readonly output?: (typeof FORMATS)[number];
    readonly namespace?: string;
    readonly demo?: true;
  };

export const explainOptions = (command: Command): Command =>
  withColor(
    withConfig(withInput(command))
      .option("--demo", "ask about the cluster of the demo")
      .optionsGroup("What to print:")
      .option("-n, --namespace <name>", "namespace of a DaemonSet or pod that is named without one")
      .option(
        "-o, --output <format>",
        `${FORMATS.join(", ")} (default: text)`,
        oneOf("output format", FORMATS),
      ),
  );

export async function explain(
  words: readonly string[],
  options: ExplainOptions,
  io: Io,
): Promise<number> {
  const question = questionOf(words, options.namespace);
  const { policy } = options.demo ? { policy: DEFAULT_POLICY } : await configured(options, io);
  const read = options.demo ? () => Promise.resolve(demoCluster()) : sourceOf(options, io);
  const explanation = await explainSubject(read)(question, policy);
  const text =
    options.output === "json"
      ? `${escapeUnseen(JSON.stringify(explanation, undefined, 2))}\n`
      : renderExplanation(explanation, {
          color: hasColor(io, options),
          width: widthOf(io),
          wide: options.output === "wide",
        });
  await deliver(text, undefined, io);
  return 0;
}
