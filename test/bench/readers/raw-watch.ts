import http from "node:http";
import https from "node:https";
import { credentials } from "#shared/adapters/kubernetes/api-client.ts";
import { loadKubeconfig } from "#shared/adapters/kubernetes/kubeconfig.ts";
import type { MakeReader, Reader } from "./reading.ts";

const PATHS = ["/api/v1/pods", "/api/v1/nodes", "/apis/apps/v1/daemonsets"];
const INITIAL =
  "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
const END_MARK = '"k8s.io/initial-events-end"';
/** Only a bookmark is so short: longer lines are not looked into. */
const SHORT = 1500;

/**
 * The least that anybody can do who reads JSON: lists inside a watch, bytes as they come, cut where a line ends. `line` is what is
 * done with each; `path` says of which kind it is.
 */
export async function rawWatch(
  kubeconfig: string,
  line: (bytes: Buffer, path: string) => void,
): Promise<Reader> {
  const config = await loadKubeconfig({ kubeconfig });
  const server = config.getCurrentCluster()?.server ?? "";
  const options = await credentials(config);
  const counts = { objects: 0, changes: 0 };
  const requests: http.ClientRequest[] = [];
  const follow = (path: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const url = new URL(server + path + INITIAL);
      const { request } = url.protocol === "http:" ? http : https;
      const sent = request(url, {
        ...options,
        headers: { ...headersOf(options), accept: "application/json" },
      });
      requests.push(sent);
      let initial = true;
      sent.on("error", reject);
      sent.on("response", (response) => {
        response.on("error", () => undefined);
        response.on(
          "data",
          lines((bytes) => {
            if (initial && bytes.length < SHORT && bytes.includes(END_MARK)) {
              initial = false;
              return resolve();
            }
            if (initial) counts.objects += 1;
            else if (path.endsWith("pods")) counts.changes += 1;
            line(bytes, path);
          }),
        );
      });
      sent.end();
    });
  const all = Promise.all(PATHS.map(follow));
  return {
    async synced() {
      await all;
      return counts.objects;
    },
    changes: () => counts.changes,
    stop: () => requests.forEach((one) => one.destroy()),
  };
}

const headersOf = (options: https.RequestOptions): http.OutgoingHttpHeaders =>
  Array.isArray(options.headers) ? {} : { ...(options.headers as http.OutgoingHttpHeaders) };

function lines(take: (bytes: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer[] = [];
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, end);
      take(rest.length === 0 ? piece : Buffer.concat([...rest, piece]));
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  };
}

export const floor: MakeReader = (kubeconfig) => rawWatch(kubeconfig, () => undefined);

type Slim = { readonly node: string; readonly owner: string; readonly phase: string };
type Line = {
  readonly object: {
    readonly metadata: {
      readonly uid: string;
      readonly ownerReferences?: readonly { readonly uid: string }[];
    };
    readonly spec?: { readonly nodeName?: string };
    readonly status?: { readonly phase?: string };
  };
};

/** What one would write first: JSON.parse, and a few words kept of each. */
export const parse: MakeReader = (kubeconfig) => {
  const kept = new Map<string, Slim>();
  return rawWatch(kubeconfig, (bytes) => {
    const { object } = JSON.parse(bytes.toString()) as Line;
    kept.set(object.metadata.uid, {
      node: object.spec?.nodeName ?? "",
      owner: object.metadata.ownerReferences?.[0]?.uid ?? "",
      phase: object.status?.phase ?? "",
    });
  });
};
