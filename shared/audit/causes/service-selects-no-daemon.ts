import { serviceCause } from "#shared/audit/cause.ts";
import type { DaemonSetView, ServiceView } from "#shared/audit/facts.ts";
import { meantBy } from "#shared/audit/evidence/lookalike.ts";
import type { Labels } from "#shared/cluster/metadata.ts";
import { onceForAll } from "#shared/audit/engine/once-a-moment.ts";
import { matchesEqualitySelector } from "#shared/cluster/selector.ts";

type Evidence = {
  readonly service: string;
  readonly daemonSet: string;
  /** slip: one label is spelled otherwise. name: both have one name, and the labels differ. */
  readonly sign: "slip" | "name";
  readonly wanted: { readonly key: string; readonly value: string };
  /** What the daemon's pods have in its place; "" where they have nothing like it. */
  readonly has: { readonly key: string; readonly value: string };
};

type Near = Pick<Evidence, "sign" | "wanted" | "has">;

const MISSING = { key: "", value: "" };

/** What of the selector the template does not have. */
const failing = (selector: Labels, labels: Labels): readonly (readonly [string, string])[] =>
  [...selector].filter(([key, value]) => labels.get(key) !== value);

/**
 * A slip in one label, all others equal; or one name for both and a key in common. A Deployment at zero replicas has a
 * Service without pods too, and may share labels with a DaemonSet of its chart: neither is a sign.
 */
function nearTo({ service }: ServiceView, { daemonSet }: DaemonSetView): Near | undefined {
  const { templateLabels, name, inferred } = daemonSet;
  if (inferred) return undefined;
  const [first, ...more] = failing(service.selector, templateLabels);
  if (first === undefined) return undefined;
  const [key, value] = first;
  const wanted = { key, value };
  const meant = meantBy({ key, operator: "In", values: [value] }, templateLabels);
  if (more.length === 0 && meant !== undefined) return { sign: "slip", wanted, has: meant };
  const common = [...service.selector.keys()].some((one) => templateLabels.has(one));
  if (service.name !== name || !common) return undefined;
  const own = templateLabels.get(key);
  return { sign: "name", wanted, has: own === undefined ? MISSING : { key, value: own } };
}

const podsByNamespace = onceForAll(({ cluster }) =>
  Map.groupBy(cluster.Pod, ({ namespace }) => namespace),
);

const selectsSome = ({ service, facts }: ServiceView): boolean =>
  (podsByNamespace(facts).get(service.namespace) ?? []).some(({ labels }) =>
    matchesEqualitySelector(service.selector, labels),
  );

/** Whoever fills the endpoints by hand needs no pods. */
const hasEndpoints = ({ slices }: ServiceView): boolean =>
  slices.some(({ endpoints }) => endpoints.length > 0);

type Candidate = { readonly set: DaemonSetView; readonly how: Near };

/** The one DaemonSet that the Service was most likely meant for; of two that are as near nobody can say. */
function nearest(view: ServiceView): Candidate | undefined {
  const near = view.facts.daemonSets
    .filter(({ daemonSet }) => daemonSet.namespace === view.service.namespace)
    .flatMap((set): readonly Candidate[] => {
      const how = nearTo(view, set);
      return how === undefined ? [] : [{ set, how }];
    });
  const slips = near.filter(({ how }) => how.sign === "slip");
  const [only, ...others] = slips.length > 0 ? slips : near;
  return others.length === 0 ? only : undefined;
}

const asksForPods = ({ selector, type }: ServiceView["service"]): boolean =>
  selector.size > 0 && type !== "ExternalName";

/** A Service that was meant for a daemon selects nobody, by a label that is spelled otherwise. */
export const serviceSelectsNoDaemon = serviceCause<Evidence>({
  code: "service-selects-no-daemon",
  group: "traffic",
  severity: "warning",
  scope: "service",
  doc: {
    title: "a Service meant for the daemon selects none of its pods",
    what: "The Service has a selector and no pod that fits it, and one DaemonSet of its namespace nearly fits: one label is spelled otherwise, or both have the same name. Kubernetes accepts any selector, and an empty Service is no error: clients get “connection refused” or no address at all. A Service that selects any pod, or that is merely like a DaemonSet, is not told.",
    proof: [
      "kubectl -n NS get endpointslices",
      "kubectl -n NS get services -o wide",
      "kubectl -n NS get daemonset DS -o jsonpath='{.spec.template.metadata.labels}'",
    ],
    fix: ["Give the Service the labels of the DaemonSet's pod template."],
    usualAdvice:
      "People look at the daemon, the network and its policies. The list of endpoints is empty, so nothing was ever sent.",
    sources: [
      "pkg/controller/endpointslice/endpointslice_controller.go, syncService",
      "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/",
    ],
  },
  find(view) {
    if (!asksForPods(view.service) || view.daemonSets.length > 0) return undefined;
    const found = nearest(view);
    if (found === undefined || hasEndpoints(view)) return undefined;
    if (!view.facts.seen("Pod")) return { cannotTell: "not all pods were read" };
    if (selectsSome(view)) return undefined;
    const { set, how } = found;
    return {
      daemonSets: [set.key],
      severity: how.sign === "slip" ? "warning" : "info",
      evidence: { service: view.key, daemonSet: set.key, ...how },
    };
  },
  explain({ daemonSet, sign, wanted, has }) {
    const asked = `${wanted.key}=${wanted.value}`;
    const own = has.key === "" ? `have no ${wanted.key}` : `have ${has.key}=${has.value}`;
    const why = sign === "slip" ? "" : ", which has its name";
    return `it asks for ${asked} and selects no pod; those of DaemonSet ${daemonSet}${why} ${own}`;
  },
  remedies: ({ service, daemonSet, wanted, has }) => [
    {
      action: "fix-selector",
      service,
      daemonSet,
      why:
        has.key === ""
          ? `its pods have no label ${wanted.key}`
          : `its pods have ${has.key}=${has.value} and not ${wanted.key}=${wanted.value}`,
    },
  ],
});
