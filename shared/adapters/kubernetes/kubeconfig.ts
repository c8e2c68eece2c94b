import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { AuditorError } from "#shared/auditor-error.ts";
import { didYouMean } from "#shared/cluster/nearest-name.ts";
import { printable } from "#shared/cluster/printable.ts";

export type KubeconfigOptions = {
  /** --kubeconfig; without it the variable KUBECONFIG, ~/.kube/config, or the pod's service account. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
};

const LARGEST = 10 * 1024 * 1024;
const IN_CLUSTER = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * Cluster, user and context as kubectl would choose them. Only names, addresses and credentials are taken from client-node;
 * it is imported when it is needed, since that takes longer than reading a dump.
 */
export async function loadKubeconfig(options: KubeconfigOptions): Promise<KubeConfig> {
  const environment = options.environment ?? process.env;
  const client = await import("./kube-config.ts");
  const config = new client.KubeConfig();
  const files = kubeconfigFiles(options.kubeconfig, environment);
  if (files.length === 0) {
    if (environment["KUBERNETES_SERVICE_HOST"] === undefined || !existsSync(IN_CLUSTER))
      throw new AuditorError("kubeconfig.invalid", "no kubeconfig was found", {
        hint: "name one with --kubeconfig or KUBECONFIG, or audit a saved dump with -f",
      });
    config.loadFromCluster();
    return config;
  }
  const loaded: KubeConfig[] = [];
  for (const file of files) {
    await check(file);
    const one = new client.KubeConfig();
    try {
      one.loadFromFile(file);
    } catch (cause) {
      throw invalid(`${printable(file)} is no kubeconfig`, cause);
    }
    loaded.push(one);
  }
  config.loadFromOptions(merged(loaded));
  return withContext(config, options.context);
}

/** Of several files the first one wins, entry by entry; one that is not there is left out (kubectl's rules). */
function kubeconfigFiles(
  named: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  if (named !== undefined) return [named];
  const listed = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  if (listed.length > 0) {
    const there = listed.filter((file) => existsSync(file));
    return there.length > 0 ? there : listed.slice(0, 1);
  }
  const usual = join(environment["HOME"] ?? homedir(), ".kube", "config");
  return existsSync(usual) ? [usual] : [];
}

async function check(file: string): Promise<void> {
  const found = await stat(file).catch((cause: unknown) => {
    throw invalid(`there is no kubeconfig ${printable(file)}`, cause);
  });
  if (found.isDirectory() || found.isCharacterDevice() || found.size > LARGEST)
    throw invalid(`${printable(file)} is no kubeconfig: it must be a file of at most 10 MiB`);
}

const invalid = (message: string, cause?: unknown): AuditorError =>
  new AuditorError("kubeconfig.invalid", message, {
    hint: "try the same file with: kubectl --kubeconfig FILE get nodes",
    cause,
  });

const firstOfEach = <T extends { readonly name: string }>(
  lists: readonly (readonly T[])[],
): T[] => [
  ...new Map(
    lists
      .flat()
      .toReversed()
      .map((one) => [one.name, one]),
  ).values(),
];

const merged = (configs: readonly KubeConfig[]) => ({
  clusters: firstOfEach(configs.map((one) => one.clusters)),
  users: firstOfEach(configs.map((one) => one.users)),
  contexts: firstOfEach(configs.map((one) => one.contexts)),
  currentContext: configs.map((one) => one.currentContext).find((name) => Boolean(name)) ?? "",
});

function withContext(config: KubeConfig, context: string | undefined): KubeConfig {
  const names = config.contexts.map(({ name }) => name);
  const wanted = context ?? config.currentContext;
  if (names.length === 0) throw invalid("the kubeconfig has no contexts");
  if (wanted === "")
    throw new AuditorError("kubeconfig.invalid", "the kubeconfig has no current context", {
      hint: `choose one with --context: ${printable(names.join(", "), 400)}`,
    });
  if (!names.includes(wanted)) {
    throw new AuditorError(
      "kubeconfig.invalid",
      `there is no context ${printable(wanted, 100)}.${printable(didYouMean(wanted, names), 200)}`,
      { hint: `the kubeconfig has: ${printable(names.join(", "), 400)}` },
    );
  }
  config.setCurrentContext(wanted);
  if (!config.getCurrentCluster())
    throw invalid(
      `context ${printable(wanted, 100)} names a cluster that is not in the kubeconfig`,
    );
  return allowPlainHttp(config);
}

/** client-node refuses http:// unless TLS checks are off, where there is no TLS to check (kubectl proxy, a test). */
function allowPlainHttp(config: KubeConfig): KubeConfig {
  const cluster = config.getCurrentCluster();
  if (!cluster?.server.startsWith("http:")) return config;
  config.clusters = config.clusters.map((one) =>
    one === cluster ? { ...one, skipTLSVerify: true } : one,
  );
  return config;
}
