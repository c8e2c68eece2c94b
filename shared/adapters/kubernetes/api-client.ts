import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { createGunzip } from "node:zlib";
import type { KubeConfig } from "@kubernetes/client-node";
import { AuditorError } from "#shared/auditor-error.ts";
import { printable } from "#shared/cluster/printable.ts";
import { piecesOf } from "./pieces.ts";

export type Answer = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** To be read to its end, or the connection is lost for others. */
  readonly body: AsyncIterable<Uint8Array>;
};

export type ApiClient = {
  /** One GET, no retries. Rejects where no answer came. */
  get(path: string, signal: AbortSignal | undefined): Promise<Answer>;
  readonly server: string;
  /** Certificates are not checked, because the kubeconfig says so. */
  readonly insecure: boolean;
  close(): void;
};

/** No byte for so long: the connection is dead (milliseconds). */
export const IDLE_LIMIT = 30_000;

const MAX_SOCKETS = 8;

/**
 * Requests of our own over one agent. client-node's would open a connection each and keep whole answers as one string, which
 * V8 cannot hold for a large cluster; of it we use credentials, proxy and certificates.
 */
export function apiClient(config: KubeConfig, idleLimit = IDLE_LIMIT): ApiClient {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new AuditorError("kubeconfig.invalid", "the context names no cluster");
  const base = cluster.server.replace(/\/+$/, "");
  const plain = base.startsWith("http:") ? http : https;
  const agent = new plain.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  return {
    server: base,
    insecure: cluster.skipTLSVerify && base.startsWith("https:"),
    async get(path, signal) {
      const options = await credentials(config);
      // Its agent keeps no connection open; only through a proxy there is no other way.
      const own = cluster.proxyUrl === undefined ? { ...options, agent } : options;
      return send(new URL(base + path), { options: own, signal, idleLimit });
    },
    close: () => agent.destroy(),
  };
}

export async function credentials(config: KubeConfig): Promise<https.RequestOptions> {
  const options: https.RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    const why = cause instanceof Error ? printable(cause.message, 200) : "unknown reason";
    throw new AuditorError("kubeconfig.invalid", `no credentials could be had: ${why}`, {
      hint: "the kubeconfig's credential plugin or file failed; does kubectl get nodes work?",
      cause,
    });
  }
  return options;
}

type Sending = {
  readonly options: https.RequestOptions;
  readonly signal: AbortSignal | undefined;
  /** 0: whoever sends watches over it. */
  readonly idleLimit: number;
  /** Beside our own, or in their place. */
  readonly headers?: http.OutgoingHttpHeaders;
  /** Something is written; without it, the request is a GET. */
  readonly write?: Writing | undefined;
};

/** A request that changes something. */
export type Writing = { readonly method: "POST" | "PUT"; readonly body: string };

export function send(
  url: URL,
  { options, signal, idleLimit, headers = {}, write }: Sending,
): Promise<Answer> {
  const { request } = url.protocol === "http:" ? http : https;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      ...options,
      method: write?.method ?? "GET",
      headers: {
        ...headersOf(options),
        accept: "application/json",
        "accept-encoding": "gzip",
        ...headers,
        ...(write ? bodyHeaders(write) : {}),
      },
      ...(signal ? { signal } : {}),
    });
    sent.setTimeout(idleLimit, () =>
      sent.destroy(new Error(`no answer for ${Math.round(idleLimit / 1000)} s`)),
    );
    sent.on("error", reject);
    sent.on("socket", calm);
    sent.on("response", (response) =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body:
          response.headers["content-encoding"] === "gzip" ? unzipped(response) : piecesOf(response),
      }),
    );
    sent.end(write?.body);
  });
}

/** Always with its length: a body in chunks leaves some servers waiting, and the connection unusable for the next request. */
const bodyHeaders = ({ body }: Writing): http.OutgoingHttpHeaders => ({
  "content-type": "application/json",
  "content-length": Buffer.byteLength(body),
});

const calmed = new WeakSet<Socket>();

/**
 * A request that is ended between the last byte and its reading destroys a connection that Node has just taken from it; the
 * error then belongs to nobody, and would end the process.
 */
function calm(socket: Socket): void {
  if (calmed.has(socket)) return;
  calmed.add(socket);
  socket.on("error", () => undefined);
}

const isReadonlyList = (value: unknown): value is readonly string[] => Array.isArray(value);
const headersOf = ({ headers }: https.RequestOptions): http.OutgoingHttpHeaders =>
  headers === undefined || isReadonlyList(headers) ? {} : headers;

/** No JSON is so repetitive; small answers may be what they like. */
const MAX_RATIO = 100;
const RATIO_FROM = 16 * 1024 ** 2;

async function* unzipped(response: http.IncomingMessage): AsyncIterable<Uint8Array> {
  const unzip = createGunzip();
  response.on("error", (error) => unzip.destroy(error));
  const pieces: AsyncIterable<Uint8Array> = response.pipe(unzip);
  let unpacked = 0;
  try {
    for await (const piece of pieces) {
      unpacked += piece.length;
      if (unpacked > RATIO_FROM && unpacked > MAX_RATIO * unzip.bytesWritten)
        throw tooMuch(`an answer unpacks to more than ${MAX_RATIO} times its size`);
      yield piece;
    }
  } finally {
    // Whoever stops early leaves the rest unread.
    if (!response.complete) response.destroy();
  }
}

/** Not tried again: it would be as much the next time. */
export const tooMuch = (why: string): AuditorError =>
  new AuditorError("cluster.unreachable", `the server sends too much: ${why}`, {
    hint: "is this a Kubernetes API server? kubectl get … -o json > dump.json, then -f dump.json, has no such limit",
  });

const NETWORK: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "nothing listens there: is the cluster running, is a tunnel or VPN needed?"],
  ["ENOTFOUND", "the name is unknown: is a VPN needed, or is the cluster gone?"],
  ["EAI_AGAIN", "names cannot be resolved right now"],
  ["ETIMEDOUT", "no answer: is a VPN needed, does a firewall stand between?"],
  ["EHOSTUNREACH", "no way leads there: is a VPN needed?"],
  ["ENETUNREACH", "no way leads there: is a VPN needed?"],
]);

const isTls = (code: string): boolean => /CERT|TLS|SSL|SIGNATURE|ERR_OSSL/.test(code);

/** What to tell a person whose cluster did not answer. */
export function unreachable(server: string, cause: unknown): AuditorError {
  if (cause instanceof AuditorError) return cause;
  const code = codeOf(cause);
  const why = cause instanceof Error ? printable(cause.message || code, 200) : "unknown reason";
  return new AuditorError("cluster.unreachable", `cannot reach ${printable(server, 200)}: ${why}`, {
    hint: isTls(code)
      ? "its certificate is not trusted: check certificate-authority-data of the kubeconfig"
      : (NETWORK.get(code) ?? "does kubectl get nodes work with the same context?"),
    cause,
  });
}

function codeOf(cause: unknown): string {
  if (cause instanceof AggregateError) return codeOf(cause.errors[0]);
  return cause instanceof Error && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : "";
}
