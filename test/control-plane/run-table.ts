import { KUBERNETES } from "./build.ts";

export type RunRow = {
  readonly code: string;
  readonly how: string;
  readonly hollow: boolean;
  readonly unmanaged?: true;
  /** Seconds from the provocation, and from the repair. */
  readonly seen: number;
  readonly resolved: number;
};

const cell = (text: string): string => text.replaceAll("|", String.raw`\|`);

const line = ({ code, how, hollow, seen, resolved }: RunRow): string =>
  `| \`${code}\` | ${cell(how)} | ${hollow ? "hollow kubelet" : "Kubernetes alone"} | ${seen.toFixed(1)} | ${resolved.toFixed(1)} |`;

/** One run of all provocations, as the README links it. */
export const runTable = (rows: readonly RunRow[]): string =>
  `# Causes, provoked on a real control plane

Kubernetes ${KUBERNETES.slice(1)}: etcd, API server, controller manager and scheduler. Each cause was silent before, was found with the right
nodes and evidence, and was gone after the repair. The graces of the policy were cut to a few seconds, so the times tell how fast
the control plane and the audit are, not how long an alert waits. Where only a kubelet would show a cause, ours plays it.

\`npm run -s test:control-plane -- --record causes\` makes this page.

| cause | provoked by | shown by | s until seen | s until resolved |
|---|---|---|--:|--:|
${rows
  .toSorted((a, b) => (a.code < b.code ? -1 : 1))
  .map(line)
  .join("\n")}
`;
