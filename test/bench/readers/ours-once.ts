import { parseArgs } from "node:util";
import { ours, oursInJson } from "./ours.ts";
import { readOnce } from "./reading.ts";

/** Ours in a process of its own, without the peers' code in its memory: `ours-once.ts protobuf|json --kubeconfig FILE`. */
const text = { type: "string" } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kubeconfig: text, changes: text, flood: text, calm: text },
});
const read = await readOnce(positionals[0] === "json" ? oursInJson : ours, {
  kubeconfig: values.kubeconfig ?? "",
  changes: values.changes ?? "",
  flood: Number(values.flood ?? 0),
  calmSeconds: Number(values.calm ?? 0),
});
console.log(JSON.stringify(read));
process.exit();
