import http from "node:http";
import https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { AuditorError } from "#shared/auditor-error.ts";
import {
  credentials,
  send,
  type Answer,
  type Writing,
} from "#shared/adapters/kubernetes/api-client.ts";
import { drain } from "#shared/adapters/kubernetes/retry.ts";
import { Silent, untilAborted } from "./clock.ts";

export type Asked = {
  readonly accept: string;
  /** The answer goes on and on: packing would hold pieces of it back. */
  readonly endless: boolean;
  readonly signal: AbortSignal;
};

/** Where answers come from: an API server, or a test's model of one. */
export type Source = {
  /** One GET. Rejects where no answer came. An answer's body must be read to its end, or the signal aborted. */
  get(path: string, asked: Asked): Promise<Answer>;
};

export type ApiSource = Source & {
  /** One request that changes something, over the same connections and with the same credentials. Rejects where no answer came. */
  write(path: string, written: Writing, signal: AbortSignal): Promise<Answer>;
  close(): void;
};

/** A kubeconfig as it was loaded, and the credentials that are being fetched from it just now. */
type Login = { readonly config: Promise<KubeConfig>; fetching?: Promise<https.RequestOptions> };

type Agents = { readonly plain: http.Agent; readonly secure: https.Agent };
type Ready = { readonly config: KubeConfig; readonly options: https.RequestOptions };
type Request = {
  readonly path: string;
  readonly asked: Asked;
  readonly write?: Writing | undefined;
  readonly agents: Agents;
};

async function sendTo({ config, options }: Ready, request: Request): Promise<Answer> {
  const { path, asked, agents, write } = request;
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new AuditorError("kubeconfig.invalid", "the context names no cluster");
  const url = new URL(cluster.server.replace(/\/+$/, "") + path);
  const agent = url.protocol === "http:" ? agents.plain : agents.secure;
  // Its agent keeps no connection open; only through a proxy there is no other way.
  const own = cluster.proxyUrl === undefined ? { ...options, agent } : options;
  const encoding = asked.endless ? { "accept-encoding": "identity" } : {};
  const headers = { accept: asked.accept, ...encoding };
  return send(url, { options: own, signal: asked.signal, idleLimit: 0, headers, write });
}

/**
 * The API server of a kubeconfig, for all reflectors of a process: one agent, credentials fetched once at a time. It is loaded
 * again when the server refuses the credentials (401), so that a renewed token or another plugin's answer counts at once;
 * changed CAs and client certificates make new connections by themselves, since the agent keeps them apart.
 */
export function apiSource(load: () => Promise<KubeConfig>): ApiSource {
  const agents: Agents = {
    plain: new http.Agent({ keepAlive: true, keepAliveMsecs: 30_000 }),
    secure: new https.Agent({ keepAlive: true, keepAliveMsecs: 30_000 }),
  };
  let login: Login | undefined;
  const forget = (used: Login): void => {
    if (login === used) login = undefined;
  };
  const ready = async (used: Login): Promise<Ready> => {
    const config = await used.config;
    used.fetching ??= credentials(config).finally(() => delete used.fetching);
    return { config, options: await used.fetching };
  };
  const ask = async (used: Login, request: Omit<Request, "agents">): Promise<Answer> => {
    const made = await untilAborted(ready(used), request.asked.signal).catch((error: unknown) => {
      // A plugin that hangs or fails is asked anew the next time, and so is a file that could not be read.
      forget(used);
      throw error;
    });
    leaveOnSilence(agents, request.asked.signal);
    return sendTo(made, { ...request, agents });
  };
  const current = (): Login => (login ??= { config: load() });
  const twice = async (request: Omit<Request, "agents">): Promise<Answer> => {
    const used = current();
    const answer = await ask(used, request);
    if (answer.status !== 401) return answer;
    await untilAborted(drain(answer), request.asked.signal);
    forget(used);
    return ask(current(), request);
  };
  return {
    get: async (path, asked) => twice({ path, asked }),
    write: async (path, write, signal) =>
      twice({ path, write, asked: { accept: "application/json", endless: false, signal } }),
    close() {
      agents.plain.destroy();
      agents.secure.destroy();
    },
  };
}

/**
 * Where one connection has died without a word, those that wait for a next request mostly have too, and each would cost its own
 * time to be found out.
 */
function leaveOnSilence({ plain, secure }: Agents, signal: AbortSignal): void {
  const leave = (): void => {
    const why: unknown = signal.reason;
    if (!(why instanceof Silent || (why instanceof DOMException && why.name === "TimeoutError")))
      return;
    for (const { freeSockets } of [plain, secure])
      for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
  };
  signal.addEventListener("abort", leave, { once: true });
}
