import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serve, type HttpServer } from "../../../functions/forwarder/http.ts";

let server: HttpServer;
let alive: boolean;
let ready: boolean;

beforeEach(async () => {
  alive = true;
  ready = true;
  server = await serve(
    { host: "127.0.0.1", port: 0 },
    {
      alive: () => alive,
      readiness: () => ({ ready, leading: false, because: [], kinds: [] }),
      metrics: async () => Promise.resolve({ text: "a 1\n", type: "text/plain; version=0.0.4" }),
    },
    300,
  );
});
afterEach(async () => server.close());

const ask = async (path: string, method = "GET"): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { method });

test.each([
  ["GET", "/healthz", 200, "ok\n"],
  ["GET", "/healthz?verbose", 200, "ok\n"],
  ["HEAD", "/healthz", 200, ""],
  ["GET", "/metrics", 200, "a 1\n"],
  ["GET", "/", 404, "/metrics, /healthz and /readyz are here\n"],
  ["GET", "/metrics/../../etc/passwd", 404, "/metrics, /healthz and /readyz are here\n"],
  ["POST", "/healthz", 405, "only GET and HEAD\n"],
  ["DELETE", "/nowhere", 405, "only GET and HEAD\n"],
])("%s %s is answered with %i", async (method, path, status, body) => {
  const answer = await ask(path, method);

  expect([answer.status, await answer.text()]).toEqual([status, body]);
});

test("a loop that stands still is not alive, and what is not ready says why", async () => {
  alive = false;
  ready = false;

  expect((await ask("/healthz")).status).toBe(503);
  const answer = await ask("/readyz");
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ ready: false, leading: false, because: [], kinds: [] });
});

const open = async (): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.1", () => resolve(socket));
    socket.on("error", () => undefined);
  });

test("more connections than anybody needs are closed, and the others live on", async () => {
  const sockets = await Promise.all(Array.from({ length: 60 }, open));
  await expect.poll(() => sockets.filter(({ destroyed }) => !destroyed).length).toBeLessThan(33);
  for (const socket of sockets) socket.destroy();
  await expect.poll(async () => (await ask("/healthz")).status).toBe(200);
});

test("whoever sends a header a byte at a time is cut off in time", async () => {
  const socket = await open();
  const began = performance.now();
  const end = new AbortController();
  const drip = async (): Promise<void> => {
    socket.write("GET /healthz HTTP/1.1\r\nx: ");
    while (!end.signal.aborted) {
      socket.write("y");
      await sleep(20);
    }
  };
  const dripping = drip();
  const said = await text(socket);
  end.abort();
  await dripping;

  expect(performance.now() - began).toBeLessThan(3000);
  expect(said).not.toContain("200 OK");
});

test.each([
  "GET /healthz\r\n\r\n",
  "\u0000\u0001\u0002\r\n\r\n",
  `GET /${"x".repeat(20_000)} HTTP/1.1\r\n\r\n`,
])("what is no HTTP ends its connection and nothing else: %j", async (said) => {
  const socket = await open();
  socket.write(said);
  await text(socket);

  expect((await ask("/healthz")).status).toBe(200);
});
