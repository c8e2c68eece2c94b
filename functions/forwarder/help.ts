import type { Option } from "./options.ts";
import { OPTIONS } from "./settings.ts";

const WIDTH = 26;

const lineOf = ({ flag, takes, help }: Option<unknown>): string => {
  const written = `  --${flag}${takes === "" ? "" : ` ${takes}`}`;
  return written.length < WIDTH
    ? `${written.padEnd(WIDTH)}${help}`
    : `${written}\n${" ".repeat(WIDTH)}${help}`;
};

export const helpText =
  (): string => `Usage: dsaudit-forwarder --bus NAME --region REGION --source SOURCE [flags]
       dsaudit-forwarder --dry-run [flags]

Watches one cluster and tells an EventBridge bus what its nodes and DaemonSets look like. It only reads, but for one Lease of its own.

${Object.values(OPTIONS).map(lineOf).join("\n")}
  -h, --help              print this
  -V, --version           print the version

Each flag has a variable, which it wins over: --wishes-queue is ${OPTIONS.wishesQueue.variables[0] ?? ""}. Also read: AWS_REGION, POD_NAMESPACE,
POD_NAME, and what the AWS SDK reads for credentials.

Exit codes: 0 it was asked to stop, 1 it could not go on, 2 a setting is wrong or missing.

What would leave this cluster? Ask it, with nothing sent and nothing written:
  dsaudit-forwarder --dry-run --kubeconfig ~/.kube/config
`;
