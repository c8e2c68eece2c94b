import type { DaemonSetView, NodeView } from "#shared/audit/facts.ts";
import { onceAMoment } from "#shared/audit/engine/once-a-moment.ts";

/** "registry/agent" of "registry/agent:1@sha256:…". */
export function repositoryOf(image: string): string {
  const [named = ""] = image.split("@");
  const colon = named.lastIndexOf(":");
  return colon > named.lastIndexOf("/") ? named.slice(0, colon) : named;
}

const PLATFORM_WORD = /^(?:linux|windows|win|amd64|x86|arm64|aarch64|arm|armv7|ppc64le|s390x)$/;

const stemOf = (name: string): string =>
  name
    .split("-")
    .filter((word) => !PLATFORM_WORD.test(word))
    .join("-");

const mainImage = ({ daemonSet }: DaemonSetView): string =>
  repositoryOf(daemonSet.template.containers[0]?.image ?? "");

/** The same program for other nodes: by the image of its first container, or by a name that differs in the platform only. */
const areSiblings = (a: DaemonSetView, b: DaemonSetView): boolean =>
  a !== b &&
  a.daemonSet.namespace === b.daemonSet.namespace &&
  (stemOf(a.daemonSet.name) === stemOf(b.daemonSet.name) ||
    (mainImage(a) !== "" && mainImage(a) === mainImage(b)));

const intendedOn = onceAMoment(
  (view): ReadonlySet<string> =>
    new Set(
      view
        .placements()
        .filter(({ intended }) => intended === "yes")
        .map(({ node }) => node.node.name),
    ),
);

/** Split by processor, by pool or by size of node: what one leaves out, a sibling takes. */
export function siblingsCover(view: DaemonSetView, nodes: readonly NodeView[]): boolean {
  const siblings = view.facts.daemonSets.filter((other) => areSiblings(view, other));
  return (
    siblings.length > 0 &&
    nodes.every(({ node }) => siblings.some((sibling) => intendedOn(sibling).has(node.name)))
  );
}
