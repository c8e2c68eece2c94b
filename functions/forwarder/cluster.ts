import { randomBytes } from "node:crypto";
import { clusterUid } from "#shared/adapters/kubernetes/identify.ts";
import { loadInCluster } from "#shared/adapters/kubernetes/in-cluster.ts";
import { loadKubeconfig } from "#shared/adapters/kubernetes/kubeconfig.ts";
import { lead } from "#shared/adapters/kubernetes/lead.ts";
import { leaseStore } from "#shared/adapters/kubernetes/lease-store.ts";
import type { Change } from "#shared/adapters/kubernetes/reflector/change.ts";
import { systemClock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import type { Health } from "#shared/adapters/kubernetes/reflector/health.ts";
import { reflect } from "#shared/adapters/kubernetes/reflector/reflector.ts";
import { apiSource, type ApiSource } from "#shared/adapters/kubernetes/reflector/source.ts";
import { backOff } from "#shared/adapters/kubernetes/retry.ts";
import type { Kind } from "#shared/cluster/cluster.ts";
import type { ForwardPorts } from "#shared/flow/forward.ts";
import type { Follow } from "#shared/flow/watch-cluster.ts";
import { failed, type Log } from "./log.ts";
import type { Settings } from "./settings.ts";

/** The API server that the settings lead to. Throws where they lead nowhere: that is told before anything begins. */
export async function openCluster(
  { inCluster, kubeconfig, context }: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ApiSource> {
  const load = async () =>
    inCluster ? loadInCluster() : loadKubeconfig({ kubeconfig, context, environment });
  await load();
  return apiSource(load);
}

/** Asks until it is answered: a forwarder that starts beside its API server must not give up. undefined: it was stopped. */
export async function whoIsIt(
  source: ApiSource,
  log: Log,
  stop: AbortSignal,
): Promise<string | undefined> {
  for (let attempt = 0; !stop.aborted; attempt += 1) {
    try {
      return await clusterUid(source, AbortSignal.any([stop, AbortSignal.timeout(ANSWER)]));
    } catch (error) {
      if (!stop.aborted) failed(log, "the cluster could not be asked who it is", error);
    }
    const wait = 1000 + backOff(Math.min(attempt, 10), Math.random);
    await systemClock.wait(wait, stop).catch(() => undefined);
  }
  return undefined;
}

/** As long as one question may take (milliseconds). */
const ANSWER = 10_000;

/** One reflector a kind; their health is for the metrics. */
export function follower(source: ApiSource, reflectors: Map<Kind, () => Health>, log: Log): Follow {
  return ({ kind, keep, take, ...where }) => {
    const one = reflect({
      kind,
      source,
      clock: systemClock,
      keep,
      take(changes) {
        for (const change of changes) tell(log, kind, change);
        take(changes);
      },
      ...where,
    });
    reflectors.set(kind, () => one.health());
    return one;
  };
}

/** What happens to the watching, not to what is watched. */
function tell(log: Log, kind: Kind, change: Change<unknown>): void {
  if (change.is === "not-seen")
    log.warn("cannot be seen", { kind, because: change.why, why: change.detail });
  if (change.is === "reset")
    log.info("was read", { kind, because: change.why, objects: change.objects.length });
}

export const LEASE = "dsaudit-forwarder";

/** A dry run takes no Lease: it speaks to nobody but its user. */
export function leader(source: ApiSource, settings: Settings, log: Log): ForwardPorts["lead"] {
  const { namespace, bus } = settings;
  // A pod that starts again keeps its name; what it says is counted from 1 again, so it must be another.
  const identity = `${settings.identity}_${randomBytes(4).toString("hex")}`;
  if (!bus)
    return (told) => {
      told({ createdAt: Date.now(), transitions: 0 });
      return { isLeading: () => true, stop: () => Promise.resolve() };
    };
  return (told) =>
    lead({
      store: leaseStore(source, { namespace, name: LEASE }),
      clock: systemClock,
      wall: Date.now,
      identity,
      lead(epoch) {
        if (epoch) log.info("this replica leads", { identity, transitions: epoch.transitions });
        else log.info("this replica leads no longer", { identity });
        told(epoch);
      },
      trouble: (error) => failed(log, "the Lease could not be held", error),
    });
}
