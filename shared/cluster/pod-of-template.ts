import type { Container, PodSpec } from "./pod.ts";
import type { RuntimeClass } from "./policy.ts";
import type { ResourceList } from "./quantity.ts";
import { daemonTolerations } from "./taints.ts";

const withRequests = (container: Container): Container => ({
  ...container,
  requests: new Map([...container.limits, ...container.requests]),
});

const withHostPorts = (container: Container): Container => ({
  ...container,
  ports: container.ports.map((port) =>
    port.hostPort === 0 ? { ...port, hostPort: port.containerPort } : port,
  ),
});

/** defaultPodRequests: where no container asks for it, a limit of the whole pod is its request; of huge pages always. */
function podLevel(
  resources: NonNullable<PodSpec["resources"]>,
  containers: readonly Container[],
): NonNullable<PodSpec["resources"]> {
  const asked = (resource: string): boolean =>
    !resource.startsWith("hugepages-") && containers.some(({ requests }) => requests.has(resource));
  const added: ResourceList = new Map(
    [...resources.limits].filter(([resource]) => !asked(resource)),
  );
  return { ...resources, requests: new Map([...added, ...resources.requests]) };
}

/** plugin/pkg/admission/runtimeclass: its overhead is set, its node selector and tolerations are added. */
const withRuntimeClass = (spec: PodSpec, runtimeClass: RuntimeClass): PodSpec => ({
  ...spec,
  overhead: runtimeClass.overhead.size > 0 ? runtimeClass.overhead : spec.overhead,
  nodeSelector: new Map([...spec.nodeSelector, ...runtimeClass.nodeSelector]),
  tolerations: [...spec.tolerations, ...runtimeClass.tolerations],
});

/**
 * What a DaemonSet's template becomes in a pod: the controller adds tolerations, the API server fills in requests from limits
 * and, with hostNetwork, host ports; the RuntimeClass adds its own. A pod's spec comes back as it was. What a LimitRange or a
 * webhook adds is not known here. Mirrors pkg/apis/core/v1/defaults.go, SetDefaults_Pod.
 */
export function podSpecOf(template: PodSpec, runtimeClass?: RuntimeClass): PodSpec {
  const named = runtimeClass !== undefined && runtimeClass.name === template.runtimeClassName;
  const spec = named ? withRuntimeClass(template, runtimeClass) : template;
  const filled = (containers: readonly Container[]): readonly Container[] => {
    const asking = containers.map(withRequests);
    return spec.hostNetwork ? asking.map(withHostPorts) : asking;
  };
  const containers = filled(spec.containers);
  const initContainers = filled(spec.initContainers);
  return {
    ...spec,
    containers,
    initContainers,
    resources: spec.resources && podLevel(spec.resources, [...containers, ...initContainers]),
    tolerations: daemonTolerations(spec),
  };
}
