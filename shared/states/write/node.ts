import type { Node, Taint } from "#shared/cluster/node.ts";
import type { Lease, NodeClaim, NodePool } from "#shared/cluster/policy.ts";
import type { CsiNode } from "#shared/cluster/storage.ts";
import type { Shapes } from "#shared/events/shapes/kinds.ts";
import type { TaintShape } from "#shared/events/shapes/node.ts";
import { filled, unlessEmpty, writeFlag, writeList, writeMoment, writeText } from "./json.ts";
import { DO_NOT_DISRUPT, writeMetadata } from "./metadata.ts";
import { writeCondition } from "./pod-status.ts";
import { writeSomeResources } from "./quantity.ts";

const bare = ({ key, value, effect }: Pick<Taint, "key" | "value" | "effect">) =>
  filled({ key: writeText(key), value: writeText(value), effect: writeText(effect) });

const taint = (of: Taint): TaintShape =>
  filled({ ...bare(of), timeAdded: writeMoment(of.timeAdded) });

export const writeNode = (of: Node): Shapes["Node"] =>
  filled({
    metadata: writeMetadata(of, of.doNotDisrupt ? [DO_NOT_DISRUPT] : []),
    spec: unlessEmpty({
      unschedulable: writeFlag(of.unschedulable),
      providerID: writeText(of.providerId),
      taints: writeList(of.taints, taint),
    }),
    status: unlessEmpty({
      conditions: writeList(of.conditions, writeCondition),
      allocatable: writeSomeResources(of.allocatable),
      capacity: writeSomeResources(of.capacity),
      nodeInfo: unlessEmpty({
        kubeletVersion: writeText(of.kubeletVersion),
        operatingSystem: writeText(of.os),
        architecture: writeText(of.arch),
      }),
    }),
  });

export const writeLease = (of: Lease): Shapes["Lease"] =>
  filled({
    metadata: writeMetadata(of),
    spec: unlessEmpty({
      renewTime: writeMoment(of.renewedAt),
      holderIdentity: writeText(of.holder),
    }),
  });

export const writeCsiNode = (of: CsiNode): Shapes["CSINode"] =>
  filled({
    metadata: writeMetadata(of),
    spec: unlessEmpty({
      drivers: writeList(of.drivers, ({ name, limit }) =>
        filled({ name: writeText(name), allocatable: unlessEmpty({ count: limit }) }),
      ),
    }),
  });

/** No part of a Go duration is read with more digits. */
const MOST_HOURS = 999_999;

function duration(seconds: number): string {
  const hours = Math.min(Math.floor(seconds / 3600), MOST_HOURS);
  const minutes = Math.min(Math.floor((seconds - hours * 3600) / 60), MOST_HOURS);
  return `${hours}h${minutes}m${seconds - hours * 3600 - minutes * 60}s`;
}

export const writeNodeClaim = (of: NodeClaim): Shapes["NodeClaim"] =>
  filled({
    metadata: writeMetadata(of),
    spec: unlessEmpty({
      terminationGracePeriod:
        of.terminationGracePeriodSeconds === undefined
          ? undefined
          : duration(of.terminationGracePeriodSeconds),
    }),
    status: unlessEmpty({ nodeName: writeText(of.nodeName) }),
  });

export const writeNodePool = (of: NodePool): Shapes["NodePool"] =>
  filled({
    metadata: writeMetadata(of),
    spec:
      of.startupTaints.length === 0
        ? undefined
        : { template: { spec: { startupTaints: of.startupTaints.map(bare) } } },
  });
