import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { AuditorError } from "#shared/auditor-error.ts";

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The API server of the cluster that this process is a pod of, by its service account. client-node reads the token's file again
 * as it is renewed. `root`: where the file system begins; tests have their own.
 */
export async function loadInCluster(root = ""): Promise<KubeConfig> {
  if (!existsSync(`${root}${FOLDER}/token`))
    throw new AuditorError("kubeconfig.invalid", `there is no token at ${FOLDER}`, {
      hint: "does the pod say automountServiceAccountToken: false? Elsewhere name a --kubeconfig",
    });
  const { KubeConfig } = await import("./kube-config.ts");
  const config = new KubeConfig();
  config.loadFromCluster(root);
  return config;
}

/** The namespace that this pod lives in; undefined outside of a cluster. */
export async function podNamespace(root = ""): Promise<string | undefined> {
  const text = await readFile(`${root}${FOLDER}/namespace`, "utf8").catch(() => "");
  return text.trim() || undefined;
}
