import { expect, test } from "vitest";
import type { Cluster } from "#shared/cluster/cluster.ts";
import type { DaemonSet } from "#shared/cluster/daemon-set.ts";
import type { Node } from "#shared/cluster/node.ts";
import type { Pod } from "#shared/cluster/pod.ts";
import { makeReport } from "#shared/report/make-report.ts";
import { ago, daemonSet, labels, node, TOLERATE_ALL } from "../fixtures/build.ts";
import { terminated } from "../fixtures/placement.ts";
import {
  autoNode,
  fargateNode,
  gpuNode,
  hybridNode,
  managedNode,
  some,
  virtualNode,
  windowsNode,
} from "../fixtures/pools.ts";
import { killedNow, oneOf, steady } from "./ailing.ts";
import { falseAlarms } from "./false-alarm.ts";
import {
  awsNode,
  ebsCsiNode,
  fleet,
  fluentBit,
  healthy,
  kubeProxy,
  upSince,
  USUAL,
} from "./fleet.ts";
import { alarms, audited, heard } from "./heard.ts";

const DAY = 86_400;
const EKS: readonly DaemonSet[] = [awsNode, kubeProxy, ebsCsiNode, fluentBit];

const lacking =
  (set: DaemonSet, name: string) =>
  (one: DaemonSet, node: Node): readonly Pod[] | undefined =>
    one === set && node.name === name ? [] : undefined;

/** Machines on which the usual daemons cannot run or are not meant to. */
const elsewhere = [...some(3, "fargate-ip-10-0-0", fargateNode), ...some(2, "mi-0", hybridNode)];

const mixed = (missing: string): Cluster =>
  fleet({ nodes: [...steady, ...elsewhere], sets: EKS, there: lacking(fluentBit, missing) });

/** AKS' own proxy keeps off virtual nodes by affinity; who tolerates nothing is kept off by their taint. */
const aksProxy = daemonSet("kube-proxy", {
  template: {
    tolerations: [TOLERATE_ALL],
    requiredNodeAffinity: {
      terms: [
        {
          matchExpressions: [{ key: "type", operator: "NotIn", values: ["virtual-kubelet"] }],
          matchFields: [],
        },
      ],
    },
  },
});

const withVirtual = (missing: string): Cluster =>
  fleet({
    nodes: [...some(3, "aks-pool1", node), virtualNode("virtual-node-aci-linux")],
    sets: [aksProxy, fluentBit],
    there: lacking(fluentBit, missing),
  });

const onAuto = (missing: string): Cluster =>
  fleet({
    nodes: [...steady, ...some(4, "i-0auto", autoNode)],
    sets: EKS,
    there: lacking(fluentBit, missing),
  });

const twin = (name: string, selector: Readonly<Record<string, string>>, windows = false) =>
  daemonSet(name, {
    template: {
      nodeSelector: labels(selector),
      hostNetwork: !windows,
      tolerations: [TOLERATE_ALL],
    },
  });
const amd64 = twin("kube-flannel-ds-amd64", {
  "kubernetes.io/arch": "amd64",
  "kubernetes.io/os": "linux",
});
const arm64 = twin("kube-flannel-ds-arm64", { "kubernetes.io/arch": "arm64" });
const onWindows = twin("kube-proxy-windows", { "kubernetes.io/os": "windows" }, true);

/** One DaemonSet a platform: each is whole on its own, whatever it has on the others. */
const twins = (missing: string): Cluster =>
  fleet({
    nodes: [
      ...steady,
      ...some(3, "arm", (name) => managedNode(name, { arch: "arm64", pool: "graviton" })),
      ...some(2, "win", windowsNode),
    ],
    sets: [amd64, arm64, onWindows],
    there: lacking(arm64, missing),
  });

const devicePlugin = daemonSet("nvidia-device-plugin", {
  template: {
    nodeSelector: labels({ "karpenter.sh/nodepool": "gpu" }),
    tolerations: [TOLERATE_ALL],
  },
});

/** The pool scales from zero: no node for weeks, or one that is back and whose desired count stayed at zero. */
const gpuPool = (back: readonly Node[]): Cluster =>
  fleet({
    nodes: [...steady, ...back],
    sets: [...USUAL, devicePlugin],
    there: (set, node) => (set === devicePlugin && back.includes(node) ? [] : undefined),
  });

/** It crashed once, three days ago, and its init container ended as it should. */
const onceKilled = (set: DaemonSet, node: Node): Pod => {
  const pod = healthy(set, node);
  const up = upSince(ago(3 * DAY));
  const done = { ...terminated({ exitCode: 0, reason: "Completed" }) };
  return {
    ...pod,
    status: {
      ...up,
      containers: up.containers.map((one) => ({
        ...one,
        restarts: 1,
        lastState: terminated({ reason: "OOMKilled", exitCode: 137, finishedAt: ago(3 * DAY) }),
      })),
      initContainers: up.containers.map((one) => ({ ...one, name: "setup", state: done })),
    },
  };
};

falseAlarms([
  [
    "A13 Fargate and hybrid nodes lack what cannot run there; a hybrid node without the log agent is a gap",
    () => mixed(""),
    () => mixed("mi-0-1"),
    ["warning pod-not-created DaemonSet logging/fluent-bit"],
  ],
  [
    "A13 a virtual node lacks every daemon; an ordinary node beside it is a gap",
    () => withVirtual(""),
    () => withVirtual("aks-pool1-2"),
    ["warning pod-not-created DaemonSet logging/fluent-bit"],
  ],
  [
    "A14 Auto Mode nodes have network, proxy and block storage built in; the log agent they have not",
    () => onAuto(""),
    () => onAuto("i-0auto-2"),
    ["warning pod-not-created DaemonSet logging/fluent-bit"],
  ],
  [
    "A15 twins for each platform are judged by their own selector",
    () => twins(""),
    () => twins("arm-2"),
    ["critical pod-not-created DaemonSet kube-system/kube-flannel-ds-arm64"],
  ],
  [
    "A16 a device plugin while its pool has no node; the same when a node is back and it gets none",
    () => gpuPool([]),
    () => gpuPool([gpuNode("gpu-1")]),
    ["warning pod-not-created DaemonSet kube-system/nvidia-device-plugin"],
  ],
  [
    "A22 a completed init container and one kill of three days ago are history; twelve and a back-off are not",
    () => oneOf(onceKilled),
    () => oneOf(killedNow),
    ["warning oom-killed DaemonSet monitoring/agent"],
  ],
]);

test("A13 what cannot run daemons is not in the share that is covered", () => {
  const cluster = mixed("");

  // 8 nodes want fluent-bit and kube-proxy (hybrid too), 6 the VPC network and block storage.
  expect(makeReport(audited(cluster).facts, heard(cluster)).summary).toMatchObject({
    intended: 28,
    covered: 28,
    coveragePercent: 100,
  });
});

test("A16 a selector on a label that Karpenter has renamed is a fault as soon as a node is back that was meant", () => {
  const old = daemonSet("nvidia-device-plugin", {
    template: {
      nodeSelector: labels({ "karpenter.sh/provisioner-name": "gpu" }),
      tolerations: [TOLERATE_ALL],
    },
  });
  const pool = (back: readonly Node[]): Cluster =>
    fleet({ nodes: [...steady, ...back], sets: [...USUAL, old] });

  expect(alarms(pool([]))).toEqual([]);
  expect(alarms(pool([gpuNode("gpu-1")]))).toEqual([
    "warning matches-no-node DaemonSet kube-system/nvidia-device-plugin",
  ]);
});

test("A14 what is built in is not called excluded, missing or without nodes either", () => {
  expect(
    heard(onAuto("")).filter(({ nodes }) => nodes.some((name) => name.startsWith("i-0auto"))),
  ).toEqual([]);
});
