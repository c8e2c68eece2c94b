import type { Cluster } from "#shared/cluster/cluster.ts";

/** Everything that is asked of the outside world. Adapters answer; `functions/*` choose which. */

/** One cluster at one moment: a live API server, a saved dump, the demo. Throws AuditorError when it cannot go on. */
export type ReadCluster = () => Promise<Cluster>;
