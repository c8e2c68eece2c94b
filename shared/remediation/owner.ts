import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import { controllerOf } from "#shared/cluster/metadata.ts";

/** Who would undo a change made by hand, and where the change belongs instead. */
export type Owner = {
  readonly name:
    | "operator"
    | "argo-cd"
    | "flux"
    | "eks-add-on"
    | "add-on-manager"
    | "helm"
    | "code";
  /** Completes "change it in …". */
  readonly where: string;
};

type Sign = (set: DaemonSet) => Owner | undefined;

/** Asked in this order: whoever reverts at once comes before whoever reverts at the next release. */
const SIGNS: readonly Sign[] = [
  operator,
  byLabel("argocd.argoproj.io/instance", "argo-cd", (app) => `the source of Argo CD's ${app}`),
  byLabel("kustomize.toolkit.fluxcd.io/name", "flux", (name) => `the source of Flux' ${name}`),
  byLabel(
    "helm.toolkit.fluxcd.io/name",
    "flux",
    (name) => `the values of Flux' HelmRelease ${name}`,
  ),
  byManager(/^argocd-/, "argo-cd", "the source of its Argo CD application"),
  byManager(/^(kustomize|helm)-controller$/, "flux", "the source that Flux applies"),
  byManager(/^eks$/, "eks-add-on", "the configuration values of its EKS add-on"),
  byLabel("addonmanager.kubernetes.io/mode", "add-on-manager", () => "the provider's add-on"),
  byManager(/^(helm|Helm)$/, "helm", "the values of its Helm release"),
  helmLabel,
  byManager(
    /^(Terraform|terraform|pulumi-kubernetes|HashiCorp)$/,
    "code",
    "the code that applies it",
  ),
];

/** undefined: nobody is known to overwrite this DaemonSet, so a patch holds. */
export function ownerOf(set: DaemonSet): Owner | undefined {
  for (const sign of SIGNS) {
    const owner = sign(set);
    if (owner !== undefined) return owner;
  }
  return undefined;
}

function operator(set: DaemonSet): Owner | undefined {
  const owner = controllerOf(set) ?? set.owners[0];
  return owner && { name: "operator", where: `${owner.kind} ${owner.name}, which owns it` };
}

function byLabel(key: string, name: Owner["name"], where: (value: string) => string): Sign {
  return (set) => {
    const value = set.labels.get(key);
    return value === undefined ? undefined : { name, where: where(value) };
  };
}

function byManager(manager: RegExp, name: Owner["name"], where: string): Sign {
  return (set) => (set.managers.some((found) => manager.test(found)) ? { name, where } : undefined);
}

function helmLabel({ labels }: DaemonSet): Owner | undefined {
  if (labels.get("app.kubernetes.io/managed-by") !== "Helm" && labels.get("heritage") !== "Helm")
    return undefined;
  const release = labels.get("app.kubernetes.io/instance") ?? labels.get("release");
  const named = release === undefined ? "its Helm release" : `Helm release ${release}`;
  return { name: "helm", where: `the values of ${named}` };
}
