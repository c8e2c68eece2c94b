import type { Cluster } from "#shared/cluster/cluster.ts";
import { assemble } from "#shared/cluster/read/cluster.ts";
import { demoObjects } from "./demo-objects.ts";
import { AT, KUBERNETES } from "./description.ts";

/** The demo's objects, read as those of any dump are. */
export function demoCluster(): Cluster {
  const assembly = assemble();
  for (const object of demoObjects()) assembly.add(object);
  assembly.sawVersion(KUBERNETES);
  return assembly.finish({ at: AT, name: "demo" });
}
