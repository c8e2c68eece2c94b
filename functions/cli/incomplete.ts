import type { Kind } from "#shared/cluster/cluster.ts";
import { printable } from "#shared/cluster/printable.ts";
import { collectCommand } from "#shared/cluster/read/collect-command.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
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
  { stderr }: Pick<Io, "stderr">,
): void {
  for (const missing of report.notSeenBecause) {
    const needed = NEEDED.get(missing.kind);
    if (needed === undefined) continue;
    const [what, how] = explained(missing, needed, files);
    stderr.write(`dsaudit: incomplete: ${printable(what)}\n  ${printable(how)}\n`);
  }
}

function explained(
  { why, detail }: Missing,
  { kind, resource }: { readonly kind: Kind; readonly resource: string },
  files: readonly string[],
): readonly [what: string, how: string] {
  const said = detail === "" ? "" : ` (${detail.slice(0, 300)})`;
  const again = collectCommand([kind]).replace("dump.json", `${resource}.json`);
  const all = [...files, `${resource}.json`].map((file) => `-f ${file}`).join(" ");
  switch (why) {
    case "absent":
      return [`no ${resource} in the input`, `collect them: ${again}, then give all files: ${all}`];
    case "partial":
      return [`not all ${resource} were read${said}`, `collect them again: ${again}`];
    case "forbidden":
      return [
        `${resource} may not be listed${said}`,
        `allow it: kubectl create clusterrole dsaudit --verb=get,list --resource=${resource}, and bind it`,
      ];
    case "not-served":
      return [`the server serves no ${resource}${said}`, "is this a Kubernetes API server?"];
    case "failed":
      return [
        `${resource} could not be read${said}`,
        `try again; does this work: kubectl get ${resource} -A`,
      ];
  }
}
