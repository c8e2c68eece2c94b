import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { join } from "node:path";

export type Answer = { readonly status: number; readonly body: unknown };
export type Client = {
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  /** Opens a stream (watch); the caller reads and destroys it. */
  open(path: string): Promise<IncomingMessage>;
  close(): void;
};

/** What the API server refused, with its words. */
export const refused = (answer: Answer, what: string): Error =>
  new Error(`${what}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 400)}`);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

function readAll(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    response.on("error", reject);
  });
}

/**
 * A client of one identity with connections of its own: heartbeats must not queue behind pod patches.
 * The length is always set: a DELETE body without one is ignored by the API server, preconditions included.
 */
export function clientOf(dir: string, port: number, token: string): Client {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 16,
    ca: readFileSync(join(dir, "apiserver.crt")),
  });
  const send = (method: string, path: string, text: string, contentType: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        accept: "application/json",
        ...(text === ""
          ? {}
          : { "content-type": contentType, "content-length": Buffer.byteLength(text) }),
      };
      const sent = request({ host: "127.0.0.1", port, method, path, headers, agent }, resolve);
      sent.on("error", reject);
      sent.end(text);
    });
  return {
    async call(method, path, body, contentType = "application/json") {
      const text = body === undefined ? "" : JSON.stringify(body);
      const response = await send(method, path, text, contentType);
      return { status: response.statusCode ?? 0, body: parsed(await readAll(response)) };
    },
    open: (path) => send("GET", path, "", ""),
    close: () => agent.destroy(),
  };
}
