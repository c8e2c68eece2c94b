import type { Command } from "commander";
import type { Severity } from "#shared/audit/cause.ts";
import type { LabelSelector } from "#shared/cluster/selector.ts";
import { SEVERITIES } from "#shared/events/audit-report.ts";
import { OUTPUT_FORMATS, type OutputFormat } from "#shared/report/render.ts";
import { collected, instant, oneOf, selector } from "./words.ts";

/** Options that several commands share, a group each; the type beside it is what commander makes of them. */

export type InputOptions = {
  readonly filename?: readonly string[];
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly cluster?: string;
  readonly now?: number;
};

export const FILES =
  "a saved dump: file, folder, archive, or - for standard input; may be repeated";

export const withInput = (command: Command): Command =>
  command
    .optionsGroup("What to read (without -f: the cluster of your kubeconfig):")
    .option("-f, --filename <path>", FILES, collected)
    .option("--context <name>", "context of the kubeconfig")
    .option("--kubeconfig <file>", "kubeconfig; else KUBECONFIG, ~/.kube/config, or in-cluster")
    .option("--cluster <name>", "name of the cluster; else the UID of its kube-system namespace")
    .option("--now <time>", "judge at this RFC 3339 time; a dump's own time otherwise", instant);

export type ScopeOptions = {
  readonly namespace?: string;
  readonly selector?: LabelSelector;
  readonly allNamespaces?: true;
};

export const withScope = (command: Command): Command =>
  command
    .optionsGroup("Which DaemonSets (all pods and nodes count all the same):")
    .option("-n, --namespace <name>", "only DaemonSets of this namespace")
    .option("-l, --selector <labels>", "only DaemonSets with these labels", selector)
    .option("-A, --all-namespaces", "DaemonSets of all namespaces, which is the default");

export type GateOptions = {
  readonly failOn?: Severity;
  readonly exitZero?: true;
};

export const withGate = (command: Command): Command =>
  command
    .optionsGroup("Exit code:")
    .option(
      "--fail-on <severity>",
      "exit 1 from this severity on: info, warning, critical (default)",
      oneOf("severity", SEVERITIES),
    )
    .option("--exit-zero", "exit 0 where findings alone would make it 1");

export type OutputOptions = {
  readonly output?: OutputFormat;
  readonly out?: string;
  readonly placements?: true;
};

export const withOutput = (command: Command): Command =>
  command
    .optionsGroup("What to print:")
    .option(
      "-o, --output <format>",
      `${OUTPUT_FORMATS.join(", ")} (default: table, or by the ending of --out)`,
      oneOf("output format", OUTPUT_FORMATS),
    )
    .option("--out <file>", "write it there, whole or not at all, and print nothing")
    .option("--placements", "with a row for each DaemonSet on each node");

export type ColorOptions = { readonly color: boolean };

export const withColor = (command: Command): Command =>
  command.option("--no-color", "no colours, as with NO_COLOR; FORCE_COLOR=1 wants them");

export type ConfigOptions = { readonly config?: string };

export const withConfig = (command: Command): Command =>
  command.option("--config <file>", "else .dsaudit.yaml of this folder or of one above");
