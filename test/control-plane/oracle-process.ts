import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { built, KUBERNETES } from "./build.ts";

export type Oracle = {
  /** What Kubernetes' own code answers. Rejects when it has no answer. */
  ask(kind: string, input: unknown): Promise<unknown>;
  close(): Promise<void>;
};

type Waiting = {
  readonly resolve: (expected: unknown) => void;
  readonly reject: (error: Error) => void;
};
type Reply = { readonly id: string; readonly expected?: unknown; readonly error?: string };

/** Starts the oracle, built first where this machine has not built it yet. Many questions may be open at once. */
export async function startOracle(version = KUBERNETES): Promise<Oracle> {
  const child = spawn(await built("oracle", version), { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<string, Waiting>();
  let asked = 0;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.once("exit", (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the oracle ended with ${code}`));
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const reply = JSON.parse(line) as Reply;
    const open = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error !== undefined) open?.reject(new Error(reply.error));
    else open?.resolve(reply.expected);
  });
  return {
    ask: (kind, input) =>
      new Promise((resolve, reject) => {
        asked += 1;
        waiting.set(String(asked), { resolve, reject });
        child.stdin.write(`${JSON.stringify({ id: String(asked), kind, input })}\n`);
      }),
    close: () => {
      child.stdin.end();
      return ended;
    },
  };
}
