import { parseArgs } from "node:util";
import { readOnce, type MakeReader } from "./reading.ts";

/** One reader in a process of its own: `read-once.ts READER --kubeconfig FILE`. One line of JSON. */
const READERS: ReadonlyMap<string, () => Promise<MakeReader>> = new Map([
  ["floor", async () => (await import("./raw-watch.ts")).floor],
  ["parse", async () => (await import("./raw-watch.ts")).parse],
  ["client-node", async () => (await import("./client-node.ts")).clientNode],
]);

const text = { type: "string" } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kubeconfig: text, changes: text, flood: text, calm: text },
});
const [name = ""] = positionals;
const make = await READERS.get(name)?.();
if (!make) throw new Error(`there is no reader ${name}`);
const read = await readOnce(make, {
  kubeconfig: values.kubeconfig ?? "",
  changes: values.changes ?? "",
  flood: Number(values.flood ?? 0),
  calmSeconds: Number(values.calm ?? 0),
});
console.log(JSON.stringify(read));
process.exit();
