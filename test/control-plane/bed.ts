import { spawn } from "node:child_process";
import { existsSync, openSync, readFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { Agent, get as getHttps } from "node:https";
import { get as getHttp } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { built } from "./build.ts";
import { clientOf, type Client } from "./client.ts";
import {
  COMPONENTS,
  flagsOf,
  readyUrl,
  type BedOptions,
  type ComponentName,
  type Place,
  type Ports,
} from "./components.ts";
import { USERS, writeCredentials, writeKubeconfig, type Tokens, type User } from "./credentials.ts";

/** All that must be known to stop, restart or talk to a bed; kept in its folder as state.json. */
export type Bed = Place & {
  readonly program: string;
  readonly tokens: Tokens;
  readonly pids: Readonly<Partial<Record<ComponentName, number>>>;
};

const READY_SECONDS = 60;
const STOP_SECONDS = 15;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === "object"
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });

async function freePorts(): Promise<Ports> {
  const [etcd, etcdPeer, apiserver, controllerManager, scheduler] = await Promise.all(
    Array.from({ length: 5 }, freePort),
  );
  if (!etcd || !etcdPeer || !apiserver || !controllerManager || !scheduler)
    throw new Error("no free ports");
  return { etcd, etcdPeer, apiserver, controllerManager, scheduler };
}

const insecure = new Agent({ rejectUnauthorized: false, keepAlive: false });

/** Status of a health URL, 0 while nobody answers. The certificate is not yet known at this point, so it is not checked. */
const health = (url: string, token: string): Promise<number> =>
  new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}` };
    const answered = (response: { statusCode?: number | undefined; resume(): unknown }) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    };
    const sent = url.startsWith("https:")
      ? getHttps(url, { headers, agent: insecure, timeout: 2000 }, answered)
      : getHttp(url, { timeout: 2000 }, answered);
    sent.on("error", () => resolve(0));
    sent.on("timeout", () => sent.destroy());
  });

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A pid may have been given to somebody else since: only a process that runs our program is ours. */
function ours(pid: number, program: string): boolean {
  if (!alive(pid)) return false;
  const proc = `/proc/${pid}/cmdline`;
  return !existsSync(proc) || readFileSync(proc, "utf8").startsWith(program);
}

function launch(bed: Bed, name: ComponentName): number {
  const log = openSync(join(bed.dir, `${name}.log`), "a");
  const child = spawn(bed.program, [name, ...flagsOf(name, bed)], {
    cwd: bed.dir,
    detached: true,
    stdio: ["ignore", log, log],
  });
  child.unref();
  if (child.pid === undefined) throw new Error(`${name} did not start`);
  return child.pid;
}

async function tail(bed: Bed, name: ComponentName): Promise<string> {
  const log = await readFile(join(bed.dir, `${name}.log`), "utf8").catch(() => "");
  return log.split("\n").slice(-12).join("\n");
}

async function untilReady(bed: Bed, name: ComponentName, pid: number): Promise<void> {
  const token = bed.tokens.admin;
  for (let tries = 0; tries < READY_SECONDS * 10; tries += 1) {
    if ((await health(readyUrl(name, bed.ports), token)) === 200) return;
    if (!alive(pid)) throw new Error(`${name} ended at start:\n${await tail(bed, name)}`);
    await sleep(100);
  }
  throw new Error(`${name} was not ready after ${READY_SECONDS} s:\n${await tail(bed, name)}`);
}

const save = (bed: Bed): Promise<void> =>
  writeFile(join(bed.dir, "state.json"), JSON.stringify(bed), { mode: 0o600 });

/** Starts one component of a bed (again) and waits until it is ready. The bed with its new pid. */
export async function startComponent(bed: Bed, name: ComponentName): Promise<Bed> {
  const pid = launch(bed, name);
  const next = { ...bed, pids: { ...bed.pids, [name]: pid } };
  await save(next);
  await untilReady(next, name, pid);
  return next;
}

/** SIGTERM, 15 s, then SIGKILL; `signal` SIGKILL for tests of a crash. */
export async function stopComponent(
  bed: Bed,
  name: ComponentName,
  signal: NodeJS.Signals = "SIGTERM",
): Promise<void> {
  const pid = bed.pids[name];
  if (pid === undefined || !ours(pid, bed.program)) return;
  process.kill(pid, signal);
  for (let tries = 0; tries < STOP_SECONDS * 20; tries += 1) {
    if (!alive(pid)) return;
    await sleep(50);
  }
  process.kill(pid, "SIGKILL");
}

export const bedClient = (bed: Bed, user: User = "admin"): Client =>
  clientOf(bed.dir, bed.ports.apiserver, bed.tokens[user]);

/** Pods are refused until the controller manager has made the namespace's ServiceAccount. */
async function untilServiceAccount(bed: Bed): Promise<void> {
  const client = bedClient(bed);
  try {
    for (let tries = 0; tries < 300; tries += 1) {
      const answer = await client.call("GET", "/api/v1/namespaces/default/serviceaccounts/default");
      if (answer.status === 200) return;
      await sleep(100);
    }
    throw new Error("ServiceAccount default/default did not appear in 30 s");
  } finally {
    client.close();
  }
}

async function startAll(bed: Bed, names: readonly ComponentName[]): Promise<Bed> {
  let now = bed;
  try {
    for (const name of names.slice(0, 2)) now = await startComponent(now, name);
    for (const user of Object.keys(USERS) as User[]) {
      await writeKubeconfig(bed.dir, user, bed.ports.apiserver, bed.tokens[user]);
    }
    for (const name of names.slice(2)) now = await startComponent(now, name);
    if (names.includes("kube-controller-manager")) await untilServiceAccount(now);
    return now;
  } catch (error) {
    await stopBed(now);
    throw error;
  }
}

/** A new control plane on loopback, all of its state in `dir` (made, must be empty). Ready when this resolves. */
export async function startBed(
  dir: string,
  options: BedOptions = { quickNodes: false },
  names: readonly ComponentName[] = COMPONENTS,
): Promise<Bed> {
  const program = await built("bed");
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const tokens = await writeCredentials(dir);
  return startAll({ dir, program, tokens, options, ports: await freePorts(), pids: {} }, names);
}

/** The bed that lives in `dir`, if one was started there and any of it still runs. */
export async function findBed(dir: string): Promise<Bed | undefined> {
  const text = await readFile(join(dir, "state.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const bed = JSON.parse(text) as Bed;
  return Object.values(bed.pids).some((pid) => ours(pid, bed.program)) ? bed : undefined;
}

export const componentRuns = (bed: Bed, name: ComponentName): boolean => {
  const pid = bed.pids[name];
  return pid !== undefined && ours(pid, bed.program);
};

/** Stops what runs, clients' side first, and removes the folder: nothing is left behind. */
export async function stopBed(bed: Bed): Promise<void> {
  for (const name of COMPONENTS.toReversed()) {
    // With watches open, a gentle end of the API server waits up to a minute for them.
    await stopComponent(bed, name, name === "kube-apiserver" ? "SIGKILL" : "SIGTERM");
  }
  await rm(bed.dir, { recursive: true, force: true, maxRetries: 3 });
}
