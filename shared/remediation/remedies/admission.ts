import { advice, type Advice, type Calls } from "#shared/remediation/advice.ts";
import { kubectl } from "#shared/remediation/command.ts";
import { listed } from "#shared/remediation/wording.ts";

const RETRY = "the controller tries again by itself, after up to 16 minutes";

export const raiseQuota = ({ namespace, quota }: Calls["raise-quota"]): Advice =>
  advice({
    summary:
      quota === ""
        ? `Make room in the quotas of namespace ${namespace}, or scope them to other priority classes`
        : `Raise quota ${quota} of namespace ${namespace}, or scope it to other priority classes`,
    command: kubectl("-n", namespace, "describe", quota === "" ? "quota" : `quota/${quota}`),
    limit: RETRY,
  });

export const allowPodSecurity = ({ namespace, level }: Calls["allow-pod-security"]): Advice =>
  advice({
    summary: `Let namespace ${namespace} enforce Pod Security "${level}", which these pods satisfy`,
    command: kubectl(
      "label",
      `namespace/${namespace}`,
      `pod-security.kubernetes.io/enforce=${level}`,
      "--overwrite",
    ),
    price: "every other pod of the namespace may then do the same",
    limit: RETRY,
  });

export const fixAdmission = ({ daemonSet, webhook, why }: Calls["fix-admission"]): Advice =>
  advice({
    summary: `Let admission${webhook === "" ? "" : ` (${webhook})`} accept the pods of ${daemonSet}: ${why}`,
    command: kubectl("get", "validatingwebhookconfigurations,mutatingwebhookconfigurations"),
    limit: RETRY,
  });

/** Only the role: who runs the audit is not known from here. */
export const grant = ({ verbs, resource, apiGroup }: Calls["grant"]): Advice =>
  advice({
    summary: `Let dsaudit ${listed(verbs)} ${resource}`,
    command: kubectl(
      "create",
      "clusterrole",
      `dsaudit-${resource}`,
      `--verb=${verbs.join(",")}`,
      `--resource=${resource}${apiGroup === "" ? "" : `.${apiGroup}`}`,
    ),
    limit: "bind the role to whoever runs the audit; until then what needs it stays unknown",
  });
