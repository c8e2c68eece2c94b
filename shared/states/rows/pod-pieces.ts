import { shortened, type Cut } from "./fitting.ts";
import { isToldByClass, toldClassOf, type KnownPod } from "./known-pod.ts";
import { podPieces, type ClassList, type Pieces } from "./row-text.ts";
import { ownOf } from "./told-pod.ts";

/** In whose row, with which classes, and what is left out. */
type Saying = { readonly node: string; readonly classes: ClassList; readonly cut: Cut };

/** One pod as text: the number of its class, and what is its own. */
export function podPiecesOf(known: KnownPod, { node, classes, cut }: Saying): Pieces {
  const isByClass = isToldByClass(known);
  const own = ownOf(known.pod, node, isByClass);
  return podPieces(classes.of(toldClassOf(known)), isByClass ? own : shortened(own, cut));
}
