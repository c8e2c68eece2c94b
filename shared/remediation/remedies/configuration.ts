import type { ClusterFacts } from "#shared/audit/facts.ts";
import { advice, type Advice, type Calls } from "#shared/remediation/advice.ts";
import { kubectl, kubectlFor } from "#shared/remediation/command.ts";
import { ownerOf } from "#shared/remediation/owner.ts";
import { splitKey } from "#shared/cluster/metadata.ts";

/** Nobody but its authors knows the right image, so no patch; who else writes the object is still told. */
export function fixImage(call: Calls["fix-image"], facts: ClusterFacts): Advice {
  const { daemonSet, container, image, why } = call;
  return advice({
    summary: `Give ${container} of ${daemonSet} an image that can be had and run there, instead of ${image}: ${why}${ownedBy(daemonSet, facts)}`,
  });
}

function ownedBy(daemonSet: string, facts: ClusterFacts): string {
  const set = facts.daemonSet(daemonSet)?.daemonSet;
  const owner = set && ownerOf(set);
  return owner === undefined ? "" : `; change it in ${owner.where}`;
}

export function fixConfig(call: Calls["fix-config"], facts: ClusterFacts): Advice {
  const { daemonSet, kind, name, why } = call;
  const where = splitKey(daemonSet).namespace;
  return advice({
    summary: `Put ${name === "" ? `the ${kind}` : `${kind} ${name}`} right for ${daemonSet}: ${why}${ownedBy(daemonSet, facts)}`,
    command:
      name === "" ? undefined : kubectl("-n", where, "describe", `${kind.toLowerCase()}/${name}`),
    limit: "the kubelet tries again by itself within minutes; no restart is needed",
  });
}

export const fixVolume = ({ daemonSet, claim, why }: Calls["fix-volume"]): Advice =>
  advice({
    summary: `Put the volume of ${daemonSet} right${claim === "" ? "" : `, claim ${claim}`}: ${why}`,
    command:
      claim === ""
        ? undefined
        : kubectlFor(daemonSet, "describe", `persistentvolumeclaim/${splitKey(claim).name}`),
  });

export function createObject({ kind, namespace, name, why }: Calls["create-object"]): Advice {
  const where = namespace === "" ? "" : ` in ${namespace}`;
  return advice({
    summary: `Create ${kind} ${name}${where}: ${why}`,
    command:
      kind === "ServiceAccount"
        ? kubectl("-n", namespace, "create", "serviceaccount", ...named(name))
        : undefined,
    limit: "the controller tries again by itself, after up to 16 minutes",
  });
}

const named = (name: string): readonly string[] => (name.startsWith("-") ? ["--", name] : [name]);
