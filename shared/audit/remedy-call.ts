import type { Taint } from "#shared/cluster/node.ts";
import type { Toleration } from "#shared/cluster/pod.ts";
import type { Requirement } from "#shared/cluster/selector.ts";

/** "namespace/name" of a DaemonSet or pod. */
type Key = string;

/**
 * What a cause asks for, as data. Prices, sentences, commands and patches are made of it in
 * shared/remediation, one file an action, so that a terminal, a Slack button and an executor agree.
 */
export type RemedyCall =
  | {
      readonly action: "raise-priority";
      readonly daemonSet: Key;
      readonly above: number;
      readonly nodes: readonly string[];
    }
  | { readonly action: "make-room"; readonly daemonSet: Key; readonly node: string }
  | {
      readonly action: "lower-requests";
      readonly daemonSet: Key;
      readonly resource: string;
      readonly from: bigint;
      readonly to: bigint;
    }
  | {
      readonly action: "larger-nodes";
      readonly daemonSet: Key;
      readonly nodes: readonly string[];
      readonly resource: string;
      readonly needed: bigint;
    }
  | {
      readonly action: "add-toleration";
      readonly daemonSet: Key;
      readonly toleration: Toleration;
      /** Further ones that the same nodes ask for. */
      readonly also?: readonly Toleration[];
      readonly nodes: readonly string[];
    }
  /** Change required node affinity or nodeSelector so that it says `requirement`; nodes: whom it moves in or out. */
  | {
      readonly action: "change-affinity";
      readonly daemonSet: Key;
      readonly requirement: Requirement;
      /** The one that `requirement` takes the place of; then `nodes` are those it lets in. */
      readonly instead?: Requirement;
      readonly change: "add" | "remove";
      readonly nodes: readonly string[];
      readonly why: string;
    }
  | {
      readonly action: "restart-pod";
      readonly pod: Key;
      readonly node: string;
      readonly care: "none" | "cni" | "csi";
    }
  | {
      readonly action: "remove-taint";
      readonly node: string;
      readonly taint: Pick<Taint, "key" | "value" | "effect">;
    }
  | { readonly action: "repair-node"; readonly node: string; readonly by: string }
  /** The machine first, never the Node object: two writers otherwise. */
  | {
      readonly action: "end-machine";
      readonly node: string;
      readonly by: "managed-group" | "karpenter" | "own-hardware";
    }
  | {
      readonly action: "roll-back";
      readonly daemonSet: Key;
      readonly toRevision: number | undefined;
    }
  | {
      readonly action: "raise-max-unavailable";
      readonly daemonSet: Key;
      readonly to: number | string;
    }
  | {
      readonly action: "change-strategy";
      readonly daemonSet: Key;
      readonly maxUnavailable: number | string;
      readonly maxSurge: number | string;
      readonly why: string;
    }
  | { readonly action: "roll-on-delete"; readonly daemonSet: Key; readonly pods: readonly Key[] }
  | {
      readonly action: "fix-image";
      readonly daemonSet: Key;
      readonly container: string;
      readonly image: string;
      readonly why: string;
    }
  | {
      readonly action: "fix-config";
      readonly daemonSet: Key;
      readonly kind: string;
      readonly name: string;
      readonly why: string;
    }
  | {
      readonly action: "raise-limit";
      readonly daemonSet: Key;
      readonly container: string;
      readonly resource: string;
      readonly from: bigint | undefined;
      readonly nodes: readonly string[];
    }
  | {
      readonly action: "set-requests";
      readonly daemonSet: Key;
      readonly containers: readonly string[];
    }
  | { readonly action: "free-disk"; readonly node: string; readonly resource: string }
  | { readonly action: "raise-quota"; readonly namespace: string; readonly quota: string }
  | { readonly action: "allow-pod-security"; readonly namespace: string; readonly level: string }
  | {
      readonly action: "fix-admission";
      readonly daemonSet: Key;
      readonly webhook: string;
      readonly why: string;
    }
  | {
      readonly action: "create-object";
      readonly kind: string;
      readonly namespace: string;
      readonly name: string;
      readonly why: string;
    }
  | {
      readonly action: "free-host-port";
      readonly daemonSet: Key;
      readonly node: string;
      readonly port: number;
      readonly protocol: string;
      readonly holder: Key;
    }
  | {
      readonly action: "fix-volume";
      readonly daemonSet: Key;
      readonly claim: string;
      readonly why: string;
    }
  | {
      readonly action: "force-delete-pod";
      readonly pod: Key;
      readonly node: string;
      readonly why: string;
    }
  | {
      readonly action: "remove-scheduling-gate";
      readonly daemonSet: Key;
      readonly gates: readonly string[];
    }
  | {
      readonly action: "touch-daemon-set";
      readonly daemonSet: Key;
      readonly why: string;
      /** Its generation must rise too: the waiting after failed pods is kept by it. */
      readonly generation?: true;
    }
  | {
      readonly action: "set-traffic";
      readonly service: Key;
      readonly field: "internalTrafficPolicy" | "externalTrafficPolicy" | "trafficDistribution";
      readonly to: string;
      readonly why: string;
    }
  | {
      readonly action: "fix-selector";
      readonly service: Key;
      readonly daemonSet: Key;
      readonly why: string;
    }
  | { readonly action: "more-addresses"; readonly node: string; readonly why: string }
  | {
      readonly action: "grant";
      readonly verbs: readonly string[];
      readonly resource: string;
      readonly apiGroup: string;
    }
  | { readonly action: "sync-clock"; readonly node: string }
  /** Nothing to change yet: the command that shows more. */
  | { readonly action: "look"; readonly command: readonly string[]; readonly why: string }
  | { readonly action: "wait"; readonly why: string };
