import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readiness } from "./readiness.ts";
import type { Listen } from "./settings-values.ts";

/** What is told to whoever asks. */
export type Told = {
  /** The loop ran not long ago. */
  readonly alive: () => boolean;
  readonly readiness: () => Readiness;
  readonly metrics: () => Promise<{ readonly text: string; readonly type: string }>;
};

export type HttpServer = {
  readonly port: number;
  close(): Promise<void>;
};

/** A scraper, a kubelet and a person with curl need no more; whoever opens more is no friend. */
const MOST_CONNECTIONS = 32;
/** Whoever sends slowly, or opens a connection and says nothing, is cut off (milliseconds). */
const REQUEST_TIME = 5000;
const KEEP_ALIVE = 65_000;

/** GET and HEAD of three paths. It answers from memory, and reads no bodies. */
export async function serve(
  { host, port }: Listen,
  told: Told,
  requestTime = REQUEST_TIME,
): Promise<HttpServer> {
  const server = createServer(
    {
      headersTimeout: requestTime,
      requestTimeout: requestTime,
      connectionsCheckingInterval: requestTime / 5,
      keepAliveTimeout: KEEP_ALIVE,
      maxHeaderSize: 8192,
    },
    (request, response) => void answer(request, response, told).catch(() => response.destroy()),
  );
  server.maxConnections = MOST_CONNECTIONS;
  // A connection on which nothing moves at all, the answer that nobody fetches included.
  server.setTimeout(KEEP_ALIVE + REQUEST_TIME);
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return {
    port: portOf(server.address()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === "object" && address !== null ? address.port : 0;

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json";

async function answer(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  told: Told,
): Promise<void> {
  const end = (status: number, type: string, text: string): void => {
    response.writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(text),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(status === 405 ? { allow: "GET, HEAD" } : {}),
    });
    response.end(method === "HEAD" ? undefined : text);
  };
  if (method !== "GET" && method !== "HEAD") return end(405, TEXT, "only GET and HEAD\n");
  switch ((url ?? "").split("?", 1)[0] ?? "") {
    case "/healthz":
      return told.alive() ? end(200, TEXT, "ok\n") : end(503, TEXT, "the loop stands still\n");
    case "/readyz": {
      const { ready, ...detail } = told.readiness();
      return end(
        ready ? 200 : 503,
        JSON_TYPE,
        `${JSON.stringify({ ready, ...detail }, null, 2)}\n`,
      );
    }
    case "/metrics": {
      const { text, type } = await told.metrics();
      return end(200, type, text);
    }
    default:
      return end(404, TEXT, "/metrics, /healthz and /readyz are here\n");
  }
}
