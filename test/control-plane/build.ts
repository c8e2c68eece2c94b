import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const HERE = import.meta.dirname;
export const KUBERNETES = "v1.37.2";
/** Also proved against, by the oracle only: rules differ by version. */
export const OLDER = "v1.34.4";

/** An older version has its go.mod in a folder named after its minor; so is the build tag of what differs in the sources. */
const minorOf = (version: string): string | undefined =>
  version === KUBERNETES ? undefined : version.replace(/\.\d+$/, "");

/** Outside the checkout, so that a fresh clone on the same machine builds nothing twice. */
export const cacheRoot = (): string =>
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "dsaudit");

const STAMPED = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];

/** Without a stamp /version says "$Format:%H$" and kubectl cannot read it. */
function linkerFlags(version: string): string {
  const [major = "", minor = ""] = version.slice(1).split(".");
  const fields = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: "clean",
    gitCommit: "bed",
    buildDate: "1970-01-01T00:00:00Z",
  };
  const stamps = STAMPED.flatMap((place) =>
    Object.entries(fields).map(([field, value]) => `-X ${place}.${field}=${value}`),
  );
  return `-s -w ${stamps.join(" ")}`;
}

/** `go version`, or undefined where Go is not installed. */
export async function goVersion(): Promise<string | undefined> {
  try {
    return (await promisify(execFile)("go", ["version"])).stdout.trim();
  } catch {
    return undefined;
  }
}

async function sourcesOf(folder: string): Promise<readonly string[]> {
  const files = await readdir(join(HERE, folder));
  return files
    .filter((file) => file.endsWith(".go"))
    .toSorted()
    .map((file) => join(folder, file));
}

async function cacheKey(folder: string, version: string, go: string): Promise<string> {
  const hash = createHash("sha256").update(go).update(linkerFlags(version));
  const modules = ["go.mod", "go.sum"].map((file) => join(minorOf(version) ?? "", file));
  for (const file of [...modules, ...(await sourcesOf(folder))]) {
    hash.update(file).update(await readFile(join(HERE, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

const compile = (folder: string, version: string, out: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const minor = minorOf(version);
    const flags = [
      "build",
      "-mod=readonly",
      "-p",
      "2",
      "-trimpath",
      "-ldflags",
      linkerFlags(version),
      ...(minor === undefined ? [] : [`-modfile=${join(minor, "go.mod")}`, `-tags=${minor}`]),
    ];
    const child = spawn("go", [...flags, "-o", out, `./${folder}`], {
      cwd: HERE,
      env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "" },
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`go build ./${folder} ended with ${code}`)),
    );
  });

/**
 * Path of the built program of `folder` ("bed", "oracle"), built first where this machine has not built these very inputs yet.
 * Throws where Go is absent: callers that may skip ask goVersion() before.
 */
export async function built(folder: string, version = KUBERNETES): Promise<string> {
  const go = await goVersion();
  if (go === undefined) throw new Error("Go is not installed; the control plane cannot be built");
  const home = join(cacheRoot(), folder, await cacheKey(folder, version, go));
  const file = join(home, folder);
  if (existsSync(file)) return file;
  const started = Date.now();
  process.stderr.write(
    `building ${folder} (Kubernetes ${version}); about 8 minutes the first time\n`,
  );
  await mkdir(home, { recursive: true });
  const temporary = `${file}.${process.pid}`;
  await compile(folder, version, temporary);
  await rename(temporary, file);
  process.stderr.write(
    `built ${folder} in ${Math.round((Date.now() - started) / 1000)} s: ${file}\n`,
  );
  return file;
}
