import { eligibilityOf, type NodeTraits, type Placer } from "#shared/audit/engine/eligibility.ts";
import { classify, type Classified } from "#shared/audit/engine/node-classes.ts";

export type Asked = { readonly placers: readonly Placer[]; readonly traits: readonly NodeTraits[] };

/** Every function here counts the placements that are meant to be, so that all can be held against one another. */
export function naive({ placers, traits }: Asked): number {
  let count = 0;
  for (const one of traits)
    for (const placer of placers) if (eligibilityOf(placer, one).intended !== "no") count += 1;
  return count;
}

/** From nothing: every node finds its class, every class is judged. */
export const cold = (asked: Asked): number => byBits(asked, classify(asked.placers, asked.traits));

/** Classes are known; their bits are counted. */
export function byBits({ traits }: Asked, { classes, ofNodes }: Classified): number {
  let count = 0;
  for (const [at, ofNode] of ofNodes.entries()) {
    for (const word of ofNode.wanted) count += ones(word);
    for (const index of classes.single) {
      const one = traits[at];
      if (one && classes.eligibility(index, one, ofNode).intended === "no") count -= 1;
    }
  }
  return count;
}

/** Classes are known; every placement looks its answer up, as the engine does. */
export function byLookUp({ placers, traits }: Asked, { classes, ofNodes }: Classified): number {
  let count = 0;
  for (let at = 0; at < traits.length; at += 1) {
    const [one, ofNode] = [traits[at], ofNodes[at]];
    if (one === undefined || ofNode === undefined) continue;
    for (let index = 0; index < placers.length; index += 1)
      if (classes.eligibility(index, one, ofNode).intended !== "no") count += 1;
  }
  return count;
}

/** Bits that are set in a 32-bit word, all at once. */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
