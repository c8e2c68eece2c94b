import type { AuditPolicy } from "#shared/audit/policy.ts";
import type { HollowNode } from "../hollow-node.ts";
import type { Play } from "../hollow-behaviour.ts";
import {
  deletePods,
  healthyAgent,
  patchSet,
  template,
  type AgentParts,
  type Spec,
  type Stage,
} from "../stage.ts";

/** One cause, made to happen for real, and undone. */
export type Provocation = {
  readonly code: string;
  readonly how: string;
  /** A real kubelet would show it; here the hollow kubelet plays it. */
  readonly hollow: boolean;
  /** "DaemonSet/agent" or "Service/agent" of the stage's namespace; "Node/1" is the stage's second node, "Node/late" STAGE-late. */
  readonly subject: string;
  /** Which nodes the finding names, and no others; undefined where it names none or that is not its point. */
  readonly at?: readonly (number | string)[];
  /** What the evidence of one occurrence must hold, as far as it is given. */
  readonly facts:
    | Readonly<Record<string, unknown>>
    | ((stage: Stage) => Readonly<Record<string, unknown>>);
  readonly count?: number;
  readonly node?: Partial<HollowNode>;
  readonly policy?: (stage: Stage) => Partial<AuditPolicy>;
  /** The nodes must be older than half a minute: what goes NotReady before has never been Ready to the audit. */
  readonly aged?: true;
  /** Findings of this cause with this evidence have to do with other stages. */
  readonly ignored?: Readonly<Record<string, unknown>>;
  /** Judged so many seconds later: for what only minutes of quiet prove. */
  readonly later?: number;
  /** Happens while the controller manager is down. */
  readonly unmanaged?: true;
  /** The healthy state before. */
  prepare(stage: Stage): Promise<unknown>;
  provoke(stage: Stage): Promise<unknown>;
  repair(stage: Stage): Promise<unknown>;
};

export const quiet = async (): Promise<void> => undefined;

type Told = Pick<Provocation, "code" | "how" | "facts">;

/** The template gets an annotation that makes the hollow kubelet play `play`; repaired by taking it away. */
export const played = (
  told: Told,
  play: Play,
  { annotations = {}, ...parts }: AgentParts = {},
): Provocation => ({
  ...told,
  hollow: true,
  subject: "DaemonSet/agent",
  at: [0, 1, 2],
  prepare: (stage) => healthyAgent(stage, { ...parts, strategy: { type: "OnDelete" } }),
  async provoke(stage) {
    await patchSet(stage, template({}, { ...annotations, "hollow/play": play }));
    await deletePods(stage);
  },
  async repair(stage) {
    await patchSet(stage, template({}, { "hollow/play": null }));
    await deletePods(stage);
  },
});

/** The template itself is at fault: changed, pods replaced; changed back. */
export const misTemplate = (told: Told, spec: Spec, back: Spec): Provocation => ({
  ...told,
  hollow: false,
  subject: "DaemonSet/agent",
  at: [0, 1, 2],
  prepare: (stage) => healthyAgent(stage, { strategy: { type: "OnDelete" } }),
  async provoke(stage) {
    await patchSet(stage, template(spec));
    await deletePods(stage);
  },
  async repair(stage) {
    await patchSet(stage, template(back));
    await deletePods(stage);
  },
});
