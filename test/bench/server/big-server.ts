import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { BIG, FIRST_VERSION, type Served } from "./big-objects.ts";
import { isWireWrapping, wallClock } from "./exchange.ts";
import {
  bookmark,
  listAround,
  newPress,
  outlet,
  putBytes,
  putObject,
  sizeOf,
  writeObject,
  type Asked,
  type Outlet,
  type Press,
} from "./pieces.ts";
import type { WireFormat, Wrapping } from "./templates.ts";

/**
 * An API server of a large cluster, in a process of its own: lists in pages, watches, lists inside a watch, as JSON or protobuf.
 * Objects are pressed from templates, so that it costs little beside whoever reads. POST /bench/… makes changes.
 */
type Watch = Asked & { readonly out: Outlet; readonly plural: string };
type State = { readonly press: Press; readonly watches: Set<Watch>; version: number };
/** Whoever asked for a change has gone, and with them the wish. */
type Asking = { readonly isGone: () => boolean };

const formatOf = (request: IncomingMessage): WireFormat =>
  request.headers.accept?.includes("protobuf") ? "protobuf" : "json";

const typeOf = (format: WireFormat, watch: boolean): string =>
  format === "json"
    ? "application/json"
    : `application/vnd.kubernetes.protobuf${watch ? ";stream=watch" : ""}`;

async function list(state: State, asked: Asked & { served: Served }, page: Page): Promise<void> {
  const { served, format } = asked;
  const out = outlet(page.response);
  const end = Math.min(served.count, page.from + page.limit);
  const size = (): number => {
    let bytes = 0;
    for (let index = page.from; index < end; index += 1)
      bytes += state.press.template(served, index, { format, wrapping: "item" }).bytes.length;
    return bytes;
  };
  const next = end < served.count ? String(end) : "";
  const [head, tail] = listAround(asked, next, format === "protobuf" ? size() : 0);
  await putBytes(out, head);
  for (let index = page.from; index < end; index += 1) {
    if (format === "json" && index > page.from) await putBytes(out, COMMA);
    const object = { press: state.press, served, index };
    if (!(await putObject(out, object, { format, wrapping: "item" }))) return;
  }
  await putBytes(out, tail);
  await out.flush();
  page.response.end();
}
const COMMA = Buffer.from(",");
type Page = { readonly from: number; readonly limit: number; readonly response: ServerResponse };

async function watch(
  state: State,
  asked: Asked & { served: Served | undefined; plural: string; initial: boolean },
  response: ServerResponse,
): Promise<void> {
  const out = outlet(response);
  const { served, format, initial } = asked;
  if (initial) {
    for (let index = 0; index < (served?.count ?? 0); index += 1) {
      if (!served) break;
      const object = { press: state.press, served, index };
      if (!(await putObject(out, object, { format, wrapping: "ADDED" }))) return;
    }
    await putBytes(out, bookmark(asked, state.version, true));
    await out.flush();
  }
  const one: Watch = { ...asked, out };
  state.watches.add(one);
  response.on("close", () => state.watches.delete(one));
}

type Change = {
  readonly plural: string;
  readonly wrapping: Wrapping;
  /** From this object on to the last, one after the other, round and round. */
  readonly first: number;
  readonly count: number;
  /** 0: as fast as they are read. */
  readonly perSecond: number;
};

/** Tells a change to all who watch; the answer says when the first and the last byte of it were written. */
async function change(state: State, asked: Change, { isGone }: Asking) {
  const { plural, wrapping, first, count, perSecond } = asked;
  const served = state.press.served.get(plural);
  if (!served) throw new Error(`${plural} are not served`);
  const began = wallClock();
  for (let done = 0; done < count && !isGone(); done += 1) {
    const object = { press: state.press, served, index: first + (done % (served.count - first)) };
    await roomForAll(state, plural, sizeOf(object, { format: "json", wrapping }));
    state.version += 1;
    // At once for all, or two changes could overtake one another.
    for (const { format, out, ...one } of state.watches)
      if (one.plural === plural)
        writeObject(out, { ...object, version: state.version }, { format, wrapping });
    const ahead = perSecond === 0 ? 0 : ((done + 1) * 1000) / perSecond - (wallClock() - began);
    if (ahead > 4) {
      await flushAll(state, plural);
      await sleep(ahead);
    }
  }
  await flushAll(state, plural);
  return { began, ended: wallClock(), version: state.version };
}

/** For an object as JSON, which is the longer. */
async function roomForAll({ watches }: State, plural: string, bytes: number): Promise<void> {
  const full = (): Watch | undefined =>
    [...watches].find((one) => one.plural === plural && !one.out.hasRoom(bytes));
  for (let one = full(); one; one = full()) await one.out.flush();
}

async function flushAll({ watches }: State, plural: string): Promise<void> {
  for (const one of watches) if (one.plural === plural) await one.out.flush();
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

/** POST /bench/change?plural=pods&type=MODIFIED&first=0&count=1000&perSecond=0 */
async function changeAsked(state: State, url: URL, response: ServerResponse): Promise<void> {
  const number = (name: string): number => Number(url.searchParams.get(name) ?? 0);
  const wrapping = url.searchParams.get("type") ?? "MODIFIED";
  if (!isWireWrapping(wrapping)) return json(response, 400, { message: `no type ${wrapping}` });
  const plural = url.searchParams.get("plural") ?? "pods";
  const wanted = { first: number("first"), count: number("count"), perSecond: number("perSecond") };
  const isGone = (): boolean => response.destroyed;
  json(response, 200, await change(state, { plural, wrapping, ...wanted }, { isGone }));
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? "/", "http://loopback");
  if (url.pathname === "/bench/change") return changeAsked(state, url, response);
  if (url.pathname === "/version") return json(response, 200, { gitVersion: "v1.37.0-made-up" });
  return answerResource(state, { request, url }, response);
}

async function answerResource(
  state: State,
  { request, url }: { readonly request: IncomingMessage; readonly url: URL },
  response: ServerResponse,
): Promise<void> {
  const plural = url.pathname.split("/").at(-1) ?? "";
  const resource = RESOURCES.find((one) => one.plural === plural);
  if (!resource) return json(response, 404, { kind: "Status", code: 404, message: "not served" });
  const { kind, group, version } = resource;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const asked = { kind, apiVersion, format: formatOf(request) };
  const served = state.press.served.get(plural);
  const { searchParams: query } = url;
  const watching = ["1", "true"].includes(query.get("watch") ?? "");
  response.writeHead(200, { "content-type": typeOf(asked.format, watching) });
  if (watching) {
    response.flushHeaders();
    const initial = query.get("sendInitialEvents") === "true";
    return watch(state, { ...asked, served, plural, initial }, response);
  }
  const from = Number(query.get("continue") ?? 0);
  const limit = Number(query.get("limit") ?? 0) || Number.MAX_SAFE_INTEGER;
  const some = served ?? { ...NOTHING, plural, apiVersion };
  return list(state, { ...asked, served: some }, { from, limit, response });
}
const NOTHING: Served = {
  plural: "",
  kind: "Pod",
  apiVersion: "v1",
  count: 0,
  templates: [],
  of: () => ({ template: 0, node: 0 }),
};

if (import.meta.main) {
  const number = { type: "string" } as const;
  const { values } = parseArgs({ options: { nodes: number, pods: number, daemonSets: number } });
  const size = {
    nodes: Number(values.nodes ?? BIG.nodes),
    pods: Number(values.pods ?? BIG.pods),
    daemonSets: Number(values.daemonSets ?? BIG.daemonSets),
  };
  const state: State = { press: newPress(size), watches: new Set(), version: FIRST_VERSION };
  const server = createServer((request, response) => {
    request.resume();
    answer(state, request, response).catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      response.destroy();
    });
  });
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
  });
  // Whoever started it has ended, and so does it.
  process.stdin.resume().on("close", () => process.exit());
}
