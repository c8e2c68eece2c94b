import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  kubeconfigFor,
  startApiServer,
  type ApiServer,
  type ApiServerOptions,
} from "../../fixtures/api-server.ts";
import type { Json } from "./fed.ts";

/** A folder that is gone afterwards. */
export async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "dsaudit-"));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** An API server that has these objects, and the path of a kubeconfig that leads to it. `cluster`: what that says of it. */
export const serving = <T>(
  objects: readonly Json[],
  run: (kubeconfig: string, server: ApiServer) => Promise<T>,
  options: Partial<ApiServerOptions> & { readonly cluster?: Json } = {},
): Promise<T> =>
  inFolder(async (folder) => {
    const { cluster, ...more } = options;
    const of = (kind: string) => objects.filter((one) => one["kind"] === kind);
    const server = await startApiServer({
      objects: { nodes: of("Node"), pods: of("Pod"), daemonsets: of("DaemonSet") },
      ...more,
    });
    try {
      const path = join(folder, "config");
      await writeFile(path, kubeconfigFor(server.url, "t", cluster));
      return await run(path, server);
    } finally {
      await server.close();
    }
  });
