import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  findBed,
  startBed,
  startComponent,
  stopBed,
  stopComponent,
  componentRuns,
  bedClient,
  type Bed,
} from "./bed.ts";
import { cacheRoot, goVersion } from "./build.ts";
import { COMPONENTS, type ComponentName } from "./components.ts";
import type { HollowNode } from "./hollow-node.ts";
import { startHollow } from "./hollow.ts";

const USAGE = `npm run -s bed -- COMMAND

  up [--quick-nodes]       start etcd, API server, controller manager and scheduler on loopback
  hollow [--nodes N]       play N ready nodes until interrupted (10)
  status                   what runs, and where
  kubeconfig               path of the administrator's kubeconfig
  kubectl ARGS…            kubectl of the same build, against the bed
  fill [--nodes N] [--pods M]   write a big cluster straight into etcd (5000, 150000); stops controller manager and scheduler first
  kill COMPONENT           SIGKILL one of ${COMPONENTS.join(", ")}
  restart COMPONENT        stop it if it runs, start it again with the same flags
  down                     stop everything, remove its folder

Needs Go for the first start (about 8 minutes to build, then cached) and nothing else.
`;

const DIR = join(cacheRoot(), "bed-run");
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

class UsageError extends Error {}

async function running(): Promise<Bed> {
  const bed = await findBed(DIR);
  if (!bed) throw new UsageError("no bed is up; start one with: npm run -s bed -- up");
  return bed;
}

function componentNamed(name: string | undefined): ComponentName {
  const known = COMPONENTS.find((component) => component === name);
  if (!known)
    throw new UsageError(`"${name ?? ""}" is not a component; one of ${COMPONENTS.join(", ")}`);
  return known;
}

async function up(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { "quick-nodes": { type: "boolean" } },
  });
  const before = await findBed(DIR);
  if (before) {
    say(`a bed is up already: KUBECONFIG=${join(DIR, "admin.kubeconfig")}`);
    return;
  }
  if ((await goVersion()) === undefined)
    throw new UsageError("Go is not installed, and the bed is built with it");
  const started = Date.now();
  await startBed(DIR, { quickNodes: values["quick-nodes"] ?? false });
  say(
    `up in ${((Date.now() - started) / 1000).toFixed(1)} s: export KUBECONFIG=${join(DIR, "admin.kubeconfig")}`,
  );
}

async function status(): Promise<void> {
  const bed = await findBed(DIR);
  if (!bed) return void say("down");
  for (const name of COMPONENTS)
    say(`${name}  ${componentRuns(bed, name) ? `pid ${bed.pids[name]}` : "stopped"}`);
  say(`API server https://127.0.0.1:${bed.ports.apiserver}, folder ${bed.dir}`);
}

function wholeNumber(text: string | undefined, fallback: number, flag: string): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,7}$/.test(text)) throw new UsageError(`${flag} takes a whole number, not "${text}"`);
  return Number(text);
}

async function hollow(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { nodes: { type: "string" } } });
  const count = wholeNumber(values.nodes, 10, "--nodes");
  const bed = await running();
  const kubelets = startHollow(bedClient(bed, "hollow"), bedClient(bed, "hollow"), {
    leaseSeconds: bed.options.quickNodes ? 1 : 10,
  });
  await kubelets.addNodes(
    Array.from({ length: count }, (_, i): HollowNode => ({ name: `hollow-${i}` })),
  );
  say(`${count} nodes are Ready; end with Ctrl-C`);
  process.once("SIGINT", () => void kubelets.stop().then(() => process.exit(0)));
}

async function fill(args: readonly string[]): Promise<number> {
  const options = { nodes: { type: "string" }, pods: { type: "string" } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const nodes = wholeNumber(values.nodes, 5000, "--nodes");
  const pods = wholeNumber(values.pods, 150_000, "--pods");
  const bed = await running();
  // Both would act on pods without containers and nodes without leases.
  await stopComponent(bed, "kube-scheduler");
  await stopComponent(bed, "kube-controller-manager");
  const flags = [`--etcd=http://127.0.0.1:${bed.ports.etcd}`, `--nodes=${nodes}`, `--pods=${pods}`];
  const started = Date.now();
  const { status: code } = spawnSync(bed.program, ["fill", ...flags], { stdio: "inherit" });
  if (code === 0)
    say(`${nodes} nodes and ${pods} pods in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return code ?? 1;
}

async function kubectl(args: readonly string[]): Promise<number> {
  const bed = await running();
  const env = { ...process.env, KUBECONFIG: join(bed.dir, "admin.kubeconfig") };
  return spawnSync(bed.program, ["kubectl", ...args], { stdio: "inherit", env }).status ?? 1;
}

async function command(name: string | undefined, args: readonly string[]): Promise<number> {
  switch (name) {
    case "up":
      await up(args);
      return 0;
    case "hollow":
      await hollow(args);
      return 0;
    case "status":
      await status();
      return 0;
    case "kubeconfig":
      say(join((await running()).dir, "admin.kubeconfig"));
      return 0;
    case "kubectl":
      return kubectl(args);
    case "fill":
      return fill(args);
    case "kill":
      await stopComponent(await running(), componentNamed(args[0]), "SIGKILL");
      return 0;
    case "restart": {
      const bed = await running();
      await stopComponent(bed, componentNamed(args[0]));
      await startComponent(bed, componentNamed(args[0]));
      return 0;
    }
    case "down": {
      const bed = await findBed(DIR);
      if (bed) await stopBed(bed);
      return 0;
    }
    case undefined:
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(USAGE);
      return name === undefined ? 2 : 0;
    default:
      throw new UsageError(`"${name}" is not a command of bed`);
  }
}

try {
  const code = await command(process.argv[2], process.argv.slice(3));
  if (code !== 0) process.exitCode = code;
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`bed: ${message}\n${error instanceof UsageError ? `\n${USAGE}` : ""}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
