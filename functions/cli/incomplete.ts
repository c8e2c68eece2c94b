import type { Kind } from "#shared/cluster/cluster.ts";
import { printable } from "#shared/cluster/printable.ts";
import { collectCommand } from "#shared/cluster/read/collect-command.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { shellWord } from "#shared/remediation/command.ts";
import type { AuditReport } from "#shared/report/report.ts";
import type { Io } from "./io.ts";

type Missing = AuditReport["notSeenBecause"][number];

/** What an audit cannot do without, in the words of kubectl. */
const NEEDED: ReadonlyMap<string, { readonly kind: Kind; readonly resource: string }> = new Map(
  RESOURCES.filter(({ kind }) => kind === "Node" || kind === "Pod" || kind === "DaemonSet").map(
    ({ kind, plural }) => [kind, { kind, resource: plural }],
  ),
);

/** Exit code 3 is explained on stderr, whatever the report looks like: what is missing, and how to get it. */
export function tellIncomplete(
  report: AuditReport,
  files: readonly string[],
  { stderr, name }: Pick<Io, "stderr" | "name">,
): void {
  for (const missing of report.notSeenBecause) {
    const needed = NEEDED.get(missing.kind);
    if (needed === undefined) continue;
    const { what, how } = explained(missing, needed, { files, name });
    const lines = [`dsaudit: incomplete: ${what}`, ...how.map((line) => `  ${line}`)];
    stderr.write(`${lines.map((line) => printable(line)).join("\n")}\n`);
  }
}

type Told = { readonly what: string; readonly how: readonly string[] };

/** A command stands at the end of its line, so that it can be copied. */
function explained(
  { why, detail }: Missing,
  { kind, resource }: { readonly kind: Kind; readonly resource: string },
  { files, name }: { readonly files: readonly string[]; readonly name: string },
): Told {
  const said = detail === "" ? "" : ` (${detail.slice(0, 300)})`;
  const again = collectCommand([kind]).replace("dump.json", `${resource}.json`);
  const all = [...files, `${resource}.json`].map((file) => `-f ${shellWord(file)}`).join(" ");
  switch (why) {
    case "absent":
      return {
        what: `no ${resource} in the input`,
        how: [`collect them: ${again}`, `and give all files: ${name} audit ${all}`],
      };
    case "partial":
      return {
        what: `not all ${resource} were read${said}`,
        how: [`collect them again: ${again}`],
      };
    case "forbidden":
      return {
        what: `${resource} may not be listed${said}`,
        how: [
          `allow it, and bind the role: kubectl create clusterrole dsaudit-${resource} --verb=get,list --resource=${resource}`,
        ],
      };
    case "not-served":
      return {
        what: `the server serves no ${resource}${said}`,
        how: ["is this a Kubernetes API server?"],
      };
    case "failed":
      return {
        what: `${resource} could not be read${said}`,
        how: [`try again; does this work: kubectl get ${resource} -A`],
      };
  }
}
