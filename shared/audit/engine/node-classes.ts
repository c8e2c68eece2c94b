import type { NodeSelectorTerm } from "#shared/cluster/selector.ts";
import { eligibilityOf, type Eligibility, type NodeTraits, type Placer } from "./eligibility.ts";

/**
 * Nodes that no DaemonSet can tell apart: equal in every label that some DaemonSet asks about, in their taints and in who
 * runs them. Clusters have thousands of nodes and a few dozen of these, so eligibility is judged once for each.
 */
export type NodeClass = {
  /** By index of the placer. Holes where a placer asks about what is unique to a node. */
  readonly row: (Eligibility | undefined)[];
  /** Bit i: placer i is meant to be on nodes of this class, or it cannot be told. */
  readonly wanted: Uint32Array;
  /** The first node of the class, which stands for all. */
  readonly sample: NodeTraits;
};

export type NodeClasses = {
  readonly placers: readonly Placer[];
  classOf(traits: NodeTraits): NodeClass;
  eligibility(index: number, traits: NodeTraits, ofNode: NodeClass): Eligibility;
  /** Judges a DaemonSet's new template, class by class. false: it asks for what does not tell these classes apart. */
  replace(index: number, placer: Placer): boolean;
  /** Placers that are judged node by node, because they ask for a name or a label that few nodes share. */
  readonly single: ReadonlySet<number>;
  readonly size: number;
};

const termsOf = ({ set }: Placer): readonly NodeSelectorTerm[] =>
  set.template.requiredNodeAffinity?.terms ?? [];

function keysOf(placer: Placer): readonly string[] {
  return [
    ...placer.set.template.nodeSelector.keys(),
    ...termsOf(placer).flatMap(({ matchExpressions }) => matchExpressions.map(({ key }) => key)),
    ...placer.namespaceKeys,
  ];
}

const asksForName = (placer: Placer): boolean =>
  placer.set.template.nodeName !== "" ||
  termsOf(placer).some(({ matchFields }) => matchFields.length > 0);

/** More values than this of one label, and nodes are told apart by it one by one. */
const MANY = 256;
/** Unique on every node that Kubernetes ever made. */
const HOSTNAME = "kubernetes.io/hostname";

/** One step of a walk over what a node is like; the walk's end is its class. */
type Step = { readonly next: Map<string | undefined, Step>; end: NodeClass | undefined };
const newStep = (): Step => ({ next: new Map(), end: undefined });

function go(from: Step, value: string | undefined): Step {
  const known = from.next.get(value);
  if (known) return known;
  const made = newStep();
  from.next.set(value, made);
  return made;
}

function walk(root: Step, keys: readonly string[], { node, compute, lasting }: NodeTraits): Step {
  let step = root;
  for (const key of keys) step = go(step, node.labels.get(key));
  step = go(step, compute.name);
  for (const taint of node.taints) {
    step = go(go(go(step, taint.key), taint.value), taint.effect);
    if (lasting !== node.taints) step = go(step, lasting.includes(taint) ? "lasts" : "passes");
  }
  return step;
}

const isWanted = (found: Eligibility): boolean => found.intended !== "no";

export function setBit(bits: Uint32Array, index: number, on: boolean): void {
  const word = bits[index >>> 5] ?? 0;
  const bit = 1 << (index & 31);
  bits[index >>> 5] = on ? word | bit : word & ~bit;
}

/** `unique`: labels by which nodes are told apart one by one; DaemonSets that ask for one are judged node by node. */
export function nodeClasses(
  given: readonly Placer[],
  unique: ReadonlySet<string> = new Set([HOSTNAME]),
): NodeClasses {
  const placers = [...given];
  const isSingle = (placer: Placer): boolean =>
    asksForName(placer) || keysOf(placer).some((key) => unique.has(key));
  const single = new Set(placers.flatMap((placer, index) => (isSingle(placer) ? [index] : [])));
  const keys = [
    ...new Set(placers.filter((_, index) => !single.has(index)).flatMap((one) => keysOf(one))),
  ];
  const root = newStep();
  const all: NodeClass[] = [];

  function newClass(sample: NodeTraits): NodeClass {
    const row = placers.map((placer, index) =>
      single.has(index) ? undefined : eligibilityOf(placer, sample),
    );
    const wanted = new Uint32Array((placers.length + 31) >>> 5);
    for (const [index, found] of row.entries())
      setBit(wanted, index, found === undefined || isWanted(found));
    const made = { row, wanted, sample };
    all.push(made);
    return made;
  }

  function replace(index: number, placer: Placer): boolean {
    const alone = isSingle(placer);
    if (!alone && !keysOf(placer).every((key) => keys.includes(key))) return false;
    placers[index] = placer;
    if (alone) single.add(index);
    else single.delete(index);
    for (const { row, wanted, sample } of all) {
      const found = alone ? undefined : eligibilityOf(placer, sample);
      row[index] = found;
      setBit(wanted, index, found === undefined || isWanted(found));
    }
    return true;
  }

  return {
    placers,
    single,
    replace,
    get size() {
      return all.length;
    },
    classOf(traits) {
      const step = walk(root, keys, traits);
      step.end ??= newClass(traits);
      return step.end;
    },
    eligibility: (index, traits, ofNode) => ofNode.row[index] ?? judgeAlone(placers, index, traits),
  };
}

function judgeAlone(placers: readonly Placer[], index: number, traits: NodeTraits): Eligibility {
  const placer = placers[index];
  if (placer === undefined) throw new RangeError(`no DaemonSet ${index}`);
  return eligibilityOf(placer, traits);
}

/** Labels that take more values over these nodes than classes can bear. */
export function uniqueLabels(
  placers: readonly Placer[],
  nodes: readonly NodeTraits[],
): ReadonlySet<string> {
  const keys = new Set(placers.flatMap(keysOf));
  return new Set([
    HOSTNAME,
    ...[...keys].filter(
      (key) => new Set(nodes.map(({ node }) => node.labels.get(key))).size > MANY,
    ),
  ]);
}

export type Classified = {
  readonly classes: NodeClasses;
  /** By index of the node; a node that changed gets another. */
  readonly ofNodes: NodeClass[];
};

/** Every node gets its class; a label that turns out to be all but unique is set aside and the rest done again. */
export function classify(placers: readonly Placer[], nodes: readonly NodeTraits[]): Classified {
  const classes = nodeClasses(placers);
  const ofNodes = nodes.map((traits) => classes.classOf(traits));
  if (classes.size <= MANY) return { classes, ofNodes };
  const fewer = nodeClasses(placers, uniqueLabels(placers, nodes));
  return { classes: fewer, ofNodes: nodes.map((traits) => fewer.classOf(traits)) };
}
