import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { pack as tarOf } from "tar-stream";
import { stringify } from "yaml";
import { closingLine } from "./closing-line.ts";
import { startApiServer } from "./fixtures/api-server.ts";
import { daemonPodJson, daemonSetJson, nodeJson } from "./fixtures/kubernetes-json.ts";

/**
 * The npm package as somebody gets it who has no checkout: packed, installed in an empty folder without a network, and run by
 * the project's Node and by the oldest one that it claims to run on.
 */
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OLDEST = 22;

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };
type Where = { readonly cwd: string; readonly env?: Readonly<Record<string, string>> };

/** Runs to the end, whatever the exit code. */
const execute = ([file = "", ...args]: readonly string[], where: Where): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { ...where, maxBuffer: 64 * 1024 * 1024, timeout: 120_000 };
    execFile(file, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      const why = stderr === "" && error ? error.message : stderr;
      resolve({ code: typeof code === "number" ? code : -1, stdout, stderr: why });
    });
  });

const tally = { passed: 0, failed: 0, skipped: 0 };

/** A claim throws what is wrong. */
async function check(name: string, claim: () => void | Promise<void>): Promise<void> {
  try {
    await claim();
    tally.passed += 1;
    console.log(`ok      ${name}`);
  } catch (error) {
    tally.failed += 1;
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function claim(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

const shown = ({ code, stdout, stderr }: Ended): string =>
  `exit ${code}: ${`${stderr}\n${stdout}`.trim().slice(0, 500)}`;

function skip(name: string, why: string): void {
  tally.skipped += 1;
  console.log(`skipped ${name}: ${why}`);
}

/** The npm that runs us, else the one on the PATH. */
const npm = (...args: readonly string[]): readonly string[] => {
  const ours = process.env["npm_execpath"];
  return ours?.endsWith("npm-cli.js") ? [process.execPath, ours, ...args] : ["npm", ...args];
};

async function pack(folder: string): Promise<string> {
  const ended = await execute(npm("pack", "--silent", "--pack-destination", folder), { cwd: ROOT });
  const name = (await readdir(folder)).find((file) => file.endsWith(".tgz"));
  if (ended.code !== 0 || name === undefined) throw new Error(`npm pack: ${shown(ended)}`);
  return join(folder, name);
}

/** An empty folder, an empty cache, no network: what it needs, it must bring. */
async function install(tarball: string, folder: string): Promise<string> {
  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  const flags = ["--offline", "--no-audit", "--no-fund", "--cache", join(folder, "..", "cache")];
  const ended = await execute(npm("install", ...flags, tarball), { cwd: folder });
  if (ended.code !== 0) throw new Error(`npm install: ${shown(ended)}`);
  return join(folder, "node_modules", "dsaudit");
}

async function textsIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const texts = paths.map(
    async (path) => [path.slice(folder.length + 1), await readFile(path, "utf8")] as const,
  );
  return new Map((await Promise.all(texts)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const EXPECTED = "LICENSE README.md dist/THIRD_PARTY_LICENSES dist/dsaudit.js package.json".split(
  " ",
);
/** What the command itself imports from others. What these import in turn is named as well, or packing fails. */
const IMPORTED = ["@kubernetes/client-node", "commander", "tar-stream", "yaml", "zod"];
/** Of this machine, and of the usual others. */
const MACHINE_PATHS = [ROOT, `${homedir()}/`, "/home/", "/Users/"];

async function checkContents(installed: string): Promise<void> {
  const texts = await textsIn(installed);
  const text = (name: string): string => texts.get(name) ?? "";
  await check("it holds the program, its licences and its README, and nothing else", () => {
    const names = [...texts.keys()];
    claim(names.join(" ") === EXPECTED.join(" "), names.join(" "));
  });
  await check("no file tells about the machine it was made on", () => {
    for (const [name, of] of texts)
      for (const path of MACHINE_PATHS) claim(!of.includes(path), `${name} holds ${path}`);
  });
  await check("its own licence and those of others are there, with their texts", () => {
    claim(text("LICENSE").includes("Apache License"), "LICENSE is not the Apache licence");
    const others = text("dist/THIRD_PARTY_LICENSES");
    for (const name of IMPORTED) claim(others.includes(`\n${name} `), `${name} is not named`);
    claim(others.includes("Permission is hereby granted"), "no licence text of MIT");
  });
  await check("it asks npm for nothing, and runs nothing when it is installed", () => {
    const manifest = JSON.parse(text("package.json")) as Readonly<Record<string, object>>;
    claim(manifest["dependencies"] === undefined, "it has dependencies");
    const scripts = Object.keys(manifest["scripts"] ?? {});
    const atInstall = scripts.filter((name) => /^(pre|post)?install$|^prepare$/.test(name));
    claim(atInstall.length === 0, `scripts: ${atInstall.join(" ")}`);
  });
  await check("it comes alone", async () => {
    const neighbours = (await readdir(join(installed, ".."))).filter((one) => !one.startsWith("."));
    claim(neighbours.join(" ") === "dsaudit", neighbours.join(" "));
  });
}

/** Two nodes and a daemon that is on one of them, as a live cluster and in three forms of dump. */
const OBJECTS = {
  nodes: [nodeJson("n1"), nodeJson("n2")],
  pods: [daemonPodJson("agent", "n1")],
  daemonsets: [daemonSetJson("agent")],
};
const DUMPS = ["dump.json", "dump.yaml", "dump.tar.gz"] as const;

async function writeDumps(folder: string): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: Object.values(OBJECTS).flat() };
  const json = JSON.stringify(list);
  await writeFile(join(folder, "dump.json"), json);
  await writeFile(join(folder, "dump.yaml"), stringify(list));
  const tar = tarOf();
  tar.entry({ name: "dump/all.json" }, json);
  tar.finalize();
  await writeFile(join(folder, "dump.tar.gz"), gzipSync(await buffer(tar)));
  await writeFile(join(folder, "typo.yaml"), "failon: warning\n");
}

type Node = { readonly path: string; readonly version: string };

/** The first of each version: ours, those on the PATH, those that nvm has installed. */
/**
 * The oldest Node that the package says it runs on, from the npm package of the same name, kept for the next run. undefined
 * where there is neither one from before nor a registry.
 */
async function oldestNode(): Promise<string | undefined> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folder = join(cache, "dsaudit", `node-${OLDEST}`);
  const file = join(folder, "node_modules", "node", "bin", "node");
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  // Its install script links the binary of this platform; nothing else may run one.
  const project = { private: true, allowScripts: { node: true } };
  await writeFile(join(folder, "package.json"), JSON.stringify(project));
  await execute(["npm", "install", "--no-audit", "--no-fund", `node@${OLDEST}`], { cwd: folder });
  return existsSync(file) ? file : undefined;
}

async function nodesHere(): Promise<readonly Node[]> {
  const nvm = join(process.env["NVM_DIR"] ?? join(homedir(), ".nvm"), "versions", "node");
  const installed = existsSync(nvm) ? await readdir(nvm) : [];
  const oldest = await oldestNode();
  const candidates = [
    process.execPath,
    ...(oldest === undefined ? [] : [oldest]),
    ...(process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "node")),
    ...installed.map((version) => join(nvm, version, "bin", "node")),
  ];
  const found = new Map<string, Node>();
  for (const path of candidates.filter((one) => existsSync(one))) {
    const { code, stdout } = await execute([path, "--version"], { cwd: ROOT });
    const version = stdout.trim().replace(/^v/, "");
    if (code === 0 && !found.has(version)) found.set(version, { path, version });
  }
  return [...found.values()];
}

/** Nothing of our own environment: no npm_…, no kubeconfig, and `node` is the one that is meant. */
async function runner(app: string, { path, version }: Node) {
  const bin = join(app, "..", `node-${version}`);
  await mkdir(bin);
  await symlink(path, join(bin, "node"));
  const env = { PATH: [bin, "/usr/bin", "/bin"].join(delimiter), HOME: app, NO_COLOR: "1" };
  return (name: string, ...args: readonly string[]): Promise<Ended> =>
    execute([join(app, "node_modules", ".bin", name), ...args], { cwd: app, env });
}

type Report = {
  readonly kind: string;
  readonly complete: boolean;
  readonly summary: { readonly nodes: number; readonly daemonSets: number; readonly gaps: number };
};

function reportOf(ended: Ended): Report {
  claim(ended.code === 0, shown(ended));
  return JSON.parse(ended.stdout) as Report;
}

function claimTwoNodes({ kind, complete, summary }: Report): void {
  const { nodes, daemonSets } = summary;
  const found = JSON.stringify({ kind, complete, nodes, daemonSets });
  const right = { kind: "AuditReport", complete: true, nodes: 2, daemonSets: 1 };
  claim(found === JSON.stringify(right), found);
}

async function checkRuns(app: string, node: Node, version: string): Promise<void> {
  const run = await runner(app, node);
  const by = `by Node ${node.version}`;
  await check(`dsaudit --version, ${by}`, async () => {
    const ended = await run("dsaudit", "--version");
    claim(ended.code === 0 && ended.stdout === `dsaudit ${version}\n`, shown(ended));
  });
  await check(`dsaudit demo prints what it prints in the checkout, ${by}`, async () => {
    const ended = await run("dsaudit", "demo");
    const env = { NO_COLOR: "1", HOME: app };
    const source = [process.execPath, join(ROOT, "functions/cli/main.ts"), "demo"];
    const wanted = await execute(source, { cwd: app, env });
    claim(ended.code === 0 && ended.stdout.length > 500, shown(ended));
    claim(ended.stdout === wanted.stdout, `not the same: ${shown(ended)}`);
  });
  for (const dump of DUMPS) {
    await check(`dsaudit audit -f ${dump}, ${by}`, async () =>
      claimTwoNodes(
        reportOf(await run("dsaudit", ...`audit -f ${dump} -o json --exit-zero`.split(" "))),
      ),
    );
  }
  await check(`dsaudit audit of a live cluster, ${by}`, async () => {
    const server = await startApiServer({ objects: OBJECTS });
    try {
      await writeFile(join(app, "kubeconfig"), server.kubeconfig);
      const args = "audit --kubeconfig kubeconfig -o json --exit-zero".split(" ");
      claimTwoNodes(reportOf(await run("dsaudit", ...args)));
    } finally {
      await server.close();
    }
  });
  await check(`an unknown key of a config is refused by name, ${by}`, async () => {
    const ended = await run("dsaudit", ..."audit -f dump.json --config typo.yaml".split(" "));
    claim(ended.code === 2 && ended.stderr.includes("failon"), shown(ended));
  });
  await check(`kubectl-dsaudit --help, ${by}`, async () => {
    const ended = await run("kubectl-dsaudit", "--help");
    const right = ended.code === 0 && ended.stdout.startsWith("Usage: kubectl dsaudit ");
    claim(right, shown(ended));
  });
}

async function main(folder: string): Promise<void> {
  const app = join(folder, "app");
  await mkdir(app);
  const tarball = await pack(folder);
  const installed = await install(tarball, app);
  await checkContents(installed);
  await writeDumps(app);
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as Node;
  const [ours, ...others] = await nodesHere();
  if (ours) await checkRuns(app, ours, version);
  const oldest = others.find((one) => one.version.startsWith(`${OLDEST}.`));
  if (oldest) await checkRuns(app, oldest, version);
  else skip(`by Node ${OLDEST}`, "none on the PATH or in nvm, and no registry that has it");
}

const folder = await mkdtemp(join(tmpdir(), "dsaudit-pack-"));
try {
  await main(folder);
} catch (error) {
  tally.failed += 1;
  console.log(`FAILED  ${error instanceof Error ? error.message : String(error)}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(closingLine(tally.passed, tally.failed, tally.skipped));
process.exitCode = tally.failed === 0 ? 0 : 1;
