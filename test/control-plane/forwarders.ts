import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { REGION } from "../fixtures/aws-json-server.ts";
import type { EventBridgeServer } from "../fixtures/event-bridge-server.ts";

const MAIN = fileURLToPath(new URL("../../functions/forwarder/main.ts", import.meta.url));

export const SOURCE = "dsaudit/bed";

/** The forwarder as it ships, in a process of its own. */
export type ForwarderProcess = {
  readonly pid: number;
  /** Where its /metrics, /healthz and /readyz are. */
  readonly url: string;
  /** What it wrote to standard error so far. */
  log(): string;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL: nothing is said or released. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: it stands still, and does not know. */
  freeze(): void;
  thaw(): void;
};

export type ForwarderOptions = {
  readonly kubeconfig: string;
  readonly bus: EventBridgeServer;
  readonly identity: string;
  readonly flags?: readonly string[];
};

/** Resolves when it listens. Its credentials are made up: the bus on loopback only looks whether there is a signature. */
export async function startForwarder(options: ForwarderOptions): Promise<ForwarderProcess> {
  const { kubeconfig, bus, identity, flags = [] } = options;
  const settings = ["--bus=bed", `--region=${REGION}`, `--source=${SOURCE}`];
  const here = [`--endpoint=${bus.url}`, "--listen=127.0.0.1:0", "--namespace=default"];
  const whose = [`--kubeconfig=${kubeconfig}`, `--identity=${identity}`];
  const child = spawn(process.execPath, [MAIN, ...settings, ...here, ...whose, ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "made-up",
      AWS_EC2_METADATA_DISABLED: "true",
    },
  });
  const ended = once(child, "exit");
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (log += text));
  const port = await new Promise<number>((resolve, reject) => {
    child.stderr.on("data", () => {
      const [, found] = /"port":(\d+)/.exec(log) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
    child.on("exit", (code) => reject(new Error(`the forwarder ended with ${code}: ${log}`)));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("the forwarder has no process");
  return {
    pid,
    url: `http://127.0.0.1:${port}`,
    log: () => log,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      return child.exitCode;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
  };
}
