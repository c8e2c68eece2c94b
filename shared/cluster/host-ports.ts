import type { ContainerPort, Pod, PodSpec } from "./pod.ts";
import { atLeast, type Version } from "./version.ts";

export type HostPort = { readonly ip: string; readonly protocol: string; readonly port: number };
export type HeldPort = HostPort & { readonly holder: Pod };

const ANY = "0.0.0.0";

const asHostPort = ({ hostPort, hostIP, protocol }: ContainerPort): HostPort => ({
  ip: hostIP === "" ? ANY : hostIP,
  protocol: protocol === "" ? "TCP" : protocol,
  port: hostPort,
});

/**
 * Host ports that a pod asks the scheduler for: of its containers and, from 1.33 on, of its sidecars; never of plain init
 * containers (pkg/scheduler/util/utils.go, GetHostPorts). The spec is a pod's, in which hostNetwork ports are filled in.
 */
export function hostPortsOf(
  spec: Pick<PodSpec, "containers" | "initContainers">,
  version: Version | undefined,
): readonly HostPort[] {
  const sidecars =
    atLeast(version, 33) === false ? [] : spec.initContainers.filter(({ sidecar }) => sidecar);
  return [...spec.containers, ...sidecars]
    .flatMap(({ ports }) => ports)
    .filter(({ hostPort }) => hostPort > 0)
    .map(asHostPort);
}

/** "::" is an address like any other here (framework/types.go, HostPortInfo.CheckConflict). */
export const portsCollide = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === ANY || b.ip === ANY);

/** For each wanted port that somebody holds, the first holder. */
export const portConflicts = (
  wanted: readonly HostPort[],
  held: readonly HeldPort[],
): readonly { readonly wanted: HostPort; readonly holder: Pod }[] =>
  wanted.flatMap((port) => {
    const holder = held.find((other) => portsCollide(port, other))?.holder;
    return holder ? [{ wanted: port, holder }] : [];
  });
