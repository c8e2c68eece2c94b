import { NO_PLACE } from "./no-place.ts";
import { NOT_UP } from "./not-up.ts";
import { OF_NODES } from "./of-nodes.ts";
import { OF_PLACING } from "./of-placing.ts";
import { OF_ROLLOUTS } from "./of-rollouts.ts";
import type { Provocation } from "./provocation.ts";

/** Every cause that a control plane, or a kubelet of ours, can be made to show. */
export const PROVOCATIONS: readonly Provocation[] = [
  ...NO_PLACE,
  ...NOT_UP,
  ...OF_NODES,
  ...OF_PLACING,
  ...OF_ROLLOUTS,
];
