import { priorityClassJson } from "../fixtures/kubernetes-json.ts";
import {
  bearSet,
  fillNode,
  hashOf,
  nameOf,
  nodeOf,
  placeDaemonPod,
  placeNode,
  placeOtherPod,
  placeSet,
  removeNode,
  setOf,
  type NodeFacts,
  type Truth,
  type Watched,
} from "./truth.ts";

type Json = Readonly<Record<string, unknown>>;

const one = ({ store, random }: Truth, kind: Watched): Json | undefined => {
  const all = store(kind).all();
  return all[Math.floor(random() * all.length)];
};
const withNode = (facts: (random: number) => NodeFacts) => (truth: Truth) => {
  const node = one(truth, "Node");
  if (node) placeNode(truth, nameOf(node), facts(truth.random()));
};
const daemonPod = (truth: Truth): Json | undefined => {
  const pod = one(truth, "Pod");
  return pod && setOf(pod) !== undefined ? pod : undefined;
};
const again =
  (parts: (random: number) => Partial<Parameters<typeof placeDaemonPod>[1]>) => (truth: Truth) => {
    const pod = daemonPod(truth);
    if (!pod) return;
    const same = { set: setOf(pod) ?? "", node: nodeOf(pod), hash: hashOf(pod), name: nameOf(pod) };
    placeDaemonPod(truth, { ...same, ...parts(truth.random()) });
  };

function replacePod(truth: Truth): void {
  const pod = daemonPod(truth);
  if (!pod) return;
  truth.store("Pod").remove(nameOf(pod));
  placeDaemonPod(truth, { set: setOf(pod) ?? "", node: nodeOf(pod), hash: hashOf(pod) });
}

/** A new template, and a part of the pods are already of it. */
function rollOut(truth: Truth): void {
  const set = one(truth, "DaemonSet");
  if (!set) return;
  const [name, hash] = [nameOf(set), `h${truth.next()}`];
  placeSet(truth, name, hash);
  for (const pod of truth.store("Pod").all()) {
    if (setOf(pod) !== name || truth.random() < 0.7) continue;
    truth.store("Pod").remove(nameOf(pod));
    placeDaemonPod(truth, { set: name, node: nodeOf(pod), hash });
  }
}

function removeSet(truth: Truth): void {
  const set = one(truth, "DaemonSet");
  if (!set || truth.store("DaemonSet").all().length < 10) return;
  truth.store("DaemonSet").remove(nameOf(set));
  for (const pod of truth.store("Pod").all())
    if (setOf(pod) === nameOf(set)) truth.store("Pod").remove(nameOf(pod));
}

function rebear(truth: Truth): void {
  const node = one(truth, "Node");
  if (!node) return;
  removeNode(truth, nameOf(node));
  placeNode(truth, nameOf(node));
  fillNode(truth, nameOf(node));
}

/** What happens in a cluster, and how often beside the others. */
export const MUTATIONS: Readonly<Record<string, readonly [often: number, (truth: Truth) => void]>> =
  {
    "node-label": [6, withNode(() => ({}))],
    "node-taint": [3, withNode((random) => ({ tainted: random < 0.6 }))],
    "node-ready": [4, withNode((random) => ({ ready: random < 0.5 }))],
    "node-cordon": [2, withNode((random) => ({ cordoned: random < 0.6 }))],
    "node-gone": [
      2,
      (truth) => {
        const node = one(truth, "Node");
        if (node && truth.store("Node").all().length > 40) removeNode(truth, nameOf(node));
      },
    ],
    "node-new": [
      2,
      (truth) => {
        const name = `node-${1000 + truth.next()}`;
        placeNode(truth, name);
        fillNode(truth, name);
      },
    ],
    "node-reborn": [3, rebear],
    "pod-ready": [15, again((random) => ({ ready: random < 0.5 }))],
    "pod-restart": [8, again((random) => ({ restarts: Math.floor(random * 9) }))],
    "pod-ending": [4, again(() => ({ ending: true }))],
    "pod-replaced": [12, replacePod],
    "pod-lost": [
      4,
      (truth) => {
        const pod = daemonPod(truth);
        if (pod) truth.store("Pod").remove(nameOf(pod));
      },
    ],
    "other-pod": [
      12,
      (truth) => {
        const node = one(truth, "Node");
        if (node) placeOtherPod(truth, `web-${truth.next()}`, nameOf(node));
      },
    ],
    "other-pod-gone": [
      8,
      (truth) => {
        const pod = one(truth, "Pod");
        if (pod && setOf(pod) === undefined) truth.store("Pod").remove(nameOf(pod));
      },
    ],
    "set-rolled-out": [2, rollOut],
    "set-new": [1, (truth) => bearSet(truth, `agent-${truth.next()}`)],
    "set-gone": [1, removeSet],
    "priority-class": [
      1,
      (truth) => {
        const name = `class-${Math.floor(truth.random() * 5)}`;
        const store = truth.store("PriorityClass");
        if (truth.random() < 0.4) store.remove(name);
        else store.place(name, priorityClassJson(name, truth.next()));
      },
    ],
  };
