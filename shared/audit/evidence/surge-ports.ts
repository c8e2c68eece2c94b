import { allowsSurge } from "#shared/cluster/daemon-controller/manage.ts";
import { isReady } from "#shared/cluster/daemon-controller/available.ts";
import { hostPortsOf, portsCollide, type HostPort } from "#shared/cluster/host-ports.ts";
import { podSpecOf } from "#shared/cluster/pod-of-template.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import type { DaemonSetView } from "#shared/audit/facts.ts";
import { onceAMoment } from "#shared/audit/engine/once-a-moment.ts";
import { isWorkedOn, leftToUpdate } from "./rollout.ts";

/** Host ports that the pods of a DaemonSet with maxSurge will ask for; none without surge. */
export function surgePorts(view: DaemonSetView): readonly HostPort[] {
  const { daemonSet, facts } = view;
  if (!isWorkedOn(view) || !allowsSurge(daemonSet)) return [];
  return hostPortsOf(podSpecOf(daemonSet.template), facts.cluster.version);
}

export type Trap = {
  /** Ports of the template that an old pod holds. */
  readonly ports: readonly HostPort[];
  /** Old pods that are well and beside which no new one finds a place. */
  readonly pods: readonly Pod[];
};

/**
 * The old pods that an update cannot replace: the new one must be available before the old one goes, and waits for the port
 * that the old one has. An old pod that is not Ready goes as soon as the new one exists, so it is in nobody's way.
 */
export const trappedBySurge = onceAMoment((view): Trap | undefined => {
  const wanted = surgePorts(view);
  if (wanted.length === 0) return undefined;
  const { version } = view.facts.cluster;
  const taken = new Set<HostPort>();
  const pods = leftToUpdate(view).filter((pod) => {
    if (pod.spec.nodeName === "" || !isReady(pod)) return false;
    const held = hostPortsOf(pod.spec, version);
    const here = wanted.filter((port) => held.some((other) => portsCollide(port, other)));
    for (const port of here) taken.add(port);
    return here.length > 0;
  });
  return pods.length === 0 ? undefined : { ports: [...taken], pods };
});

/** "TCP 9100", "UDP 53 on 10.0.0.1". */
export const portText = ({ protocol, port, ip }: HostPort): string =>
  `${protocol} ${port}${ip === "0.0.0.0" ? "" : ` on ${ip}`}`;
