import { AuditorError } from "#shared/auditor-error.ts";
import { LEVELS, type Level } from "./log.ts";
import { given, option, type Environment, type Given, type Option } from "./options.ts";
import {
  asAddress,
  asBus,
  asDuration,
  asIdentity,
  asNamespace,
  asQueue,
  asRegion,
  asSource,
  asText,
  asUrl,
  asYes,
  oneOf,
  type Listen,
} from "./settings-values.ts";

/** How the program was asked to run, checked. Times in milliseconds. */
export type Settings = {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** With the credentials of the pod's service account. */
  readonly inCluster: boolean;
  readonly namespace: string;
  readonly identity: string;
  readonly listen: Listen;
  readonly snapshotEvery: number;
  readonly logLevel: Level;
  /** undefined: a dry run. Nothing is sent, and nothing is written to the cluster. */
  readonly bus: BusSettings | undefined;
};

export type BusSettings = {
  readonly name: string;
  readonly region: string;
  /** Who we are: the only thing about an event that IAM can vouch for. */
  readonly source: string;
  readonly endpoint: string | undefined;
  readonly wishesQueue: string | undefined;
};

export const OPTIONS = {
  bus: option("bus", "NAME|ARN", {
    check: asBus,
    help: "the EventBridge bus that is told",
  }),
  region: option("region", "REGION", {
    check: asRegion,
    variables: ["AWS_REGION", "AWS_DEFAULT_REGION"],
    help: "of the bus; an ARN says it itself",
  }),
  source: option("source", "SOURCE", {
    check: asSource,
    help: "the cluster's name on the bus, as its role in IAM binds it: dsaudit/CLUSTER",
  }),
  endpoint: option("endpoint", "URL", {
    check: asUrl,
    help: "where the bus is reached, if not at its public address (a VPC endpoint, a test)",
  }),
  wishesQueue: option("wishes-queue", "URL", {
    check: asQueue,
    help: "an SQS queue that asks for snapshots; without it, one is sent each hour all the same",
  }),
  dryRun: option("dry-run", "", {
    check: asYes,
    help: "send nothing: print each event as a line of JSON. Takes no Lease, needs no AWS",
  }),
  kubeconfig: option("kubeconfig", "FILE", {
    check: asText,
    help: "in a pod, its service account; elsewhere KUBECONFIG, then ~/.kube/config",
  }),
  context: option("context", "NAME", { check: asText, help: "of the kubeconfig" }),
  namespace: option("namespace", "NAME", {
    check: asNamespace,
    variables: ["POD_NAMESPACE"],
    help: "of the Lease dsaudit-forwarder, by which one of several replicas leads (dsaudit)",
  }),
  identity: option("identity", "NAME", {
    check: asIdentity,
    variables: ["POD_NAME"],
    help: "who holds the Lease, for people (the host's name)",
  }),
  listen: option("listen", "HOST:PORT", {
    check: asAddress,
    help: "of /metrics, /healthz and /readyz (0.0.0.0:8080; of a dry run 127.0.0.1 and a free port)",
  }),
  snapshotEvery: option("snapshot-every", "TIME", {
    check: asDuration,
    help: "how often everything is said again: 90s, 30m, 1h (1h)",
  }),
  logLevel: option("log-level", "LEVEL", {
    check: oneOf(LEVELS),
    help: `${LEVELS.join(", ")} (info)`,
  }),
} as const;

/** A dry run is somebody's laptop: nobody else is to reach it, and no port of theirs is taken. */
const ON_THIS_MACHINE: Listen = { host: "127.0.0.1", port: 0 };

export type Surroundings = {
  readonly environment: Environment;
  readonly hostname: string;
  /** The namespace of the service account, where there is one. */
  readonly podNamespace: string | undefined;
};

/** Throws AuditorError "usage" that names everything that is wrong at once. */
export function settingsOf(
  argv: readonly string[],
  surroundings: Surroundings,
): Settings | "help" | "version" {
  const { environment, hostname, podNamespace } = surroundings;
  const told = given(argv, environment, Object.values(OPTIONS));
  if (told.has("help")) return "help";
  if (told.has("version")) return "version";
  const or = <T>(option: Option<T>, otherwise: T): T => told.of(option) ?? otherwise;
  const kubeconfig = told.of(OPTIONS.kubeconfig);
  const inPod = (environment["KUBERNETES_SERVICE_HOST"] ?? "") !== "";
  const bus = busOf(told);
  const settings: Settings = {
    kubeconfig,
    context: told.of(OPTIONS.context),
    inCluster: kubeconfig === undefined && inPod,
    namespace: or(OPTIONS.namespace, podNamespace ?? "dsaudit"),
    identity: or(OPTIONS.identity, hostname),
    listen: or(OPTIONS.listen, bus ? { host: "0.0.0.0", port: 8080 } : ON_THIS_MACHINE),
    snapshotEvery: or(OPTIONS.snapshotEvery, 3_600_000),
    logLevel: or<Level>(OPTIONS.logLevel, "info"),
    bus,
  };
  if (told.wrong.length === 0) return settings;
  throw new AuditorError("usage", told.wrong.join("\n"), { hint: "--help shows all flags" });
}

function busOf(told: Given): BusSettings | undefined {
  const name = told.of(OPTIONS.bus);
  const source = told.of(OPTIONS.source);
  const inArn = /^arn:[\w-]+:events:([\w-]+):/.exec(name ?? "")?.[1];
  const region = inArn ?? told.of(OPTIONS.region);
  const endpoint = told.of(OPTIONS.endpoint);
  const wishesQueue = told.of(OPTIONS.wishesQueue);
  if (told.of(OPTIONS.dryRun) === true) return undefined;
  const need = (value: string | undefined, option: Option<string>, fix: string): string => {
    if (value === undefined && !told.gave(option))
      told.wrong.push(`--${option.flag} is missing: ${fix}`);
    return value ?? "";
  };
  const { bus, region: where, source: who } = OPTIONS;
  const or = ({ flag, variables }: Option<string>): string => `--${flag} or ${variables[0] ?? ""}`;
  return {
    name: need(name, bus, `name the bus with ${or(bus)}, or try --dry-run`),
    region: need(region, where, "name it with --region or AWS_REGION"),
    source: need(source, who, `name the cluster with ${or(who)}, like dsaudit/prod-1`),
    endpoint,
    wishesQueue,
  };
}
