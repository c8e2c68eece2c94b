import { AuditorError } from "#shared/auditor-error.ts";
import { greet } from "#shared/adapters/kubernetes/identify.ts";
import { podNamespace } from "#shared/adapters/kubernetes/in-cluster.ts";
import { systemClock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import type { Health } from "#shared/adapters/kubernetes/reflector/health.ts";
import type { ApiSource } from "#shared/adapters/kubernetes/reflector/source.ts";
import type { Kind } from "#shared/cluster/cluster.ts";
import { printable } from "#shared/cluster/printable.ts";
import { forward, type Forwarding } from "#shared/flow/forward.ts";
import { openBus, printing } from "./bus.ts";
import { follower, leader, openCluster, whoIsIt } from "./cluster.ts";
import { helpText } from "./help.ts";
import { serve, type HttpServer } from "./http.ts";
import { failed, jsonLog, type Log } from "./log.ts";
import { metricsOf } from "./metrics.ts";
import { readinessOf } from "./readiness.ts";
import { settingsOf, type Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

/** What the program sees of the outside. `main.ts` takes it from the process, tests make it up. */
export type Io = {
  /** Resolves when the reader has room for more. */
  readonly out: (text: string) => Promise<void>;
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  /** Aborts when the program is to end. */
  readonly stop: AbortSignal;
  /** The address that it listens at, for whoever asked for any free port. */
  readonly listening?: (port: number) => void;
};

/** A command line in, an exit code out: 0 it was asked to stop, 1 it could not go on, 2 a setting is wrong. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    const settings = settingsOf(argv, { ...io, podNamespace: await podNamespace() });
    if (settings === "help") await io.out(helpText());
    else if (settings === "version") await io.out(`dsaudit-forwarder ${VERSION}\n`);
    else return await start(settings, io);
    return 0;
  } catch (error) {
    return cannotGoOn(error, io);
  }
}

function cannotGoOn(error: unknown, io: Io): 1 | 2 {
  const known = error instanceof AuditorError ? error : undefined;
  const words = error instanceof Error ? error.message : String(error);
  const hint = known?.hint === undefined ? [] : [`  ${known.hint}`];
  const lines = [...words.split("\n").map((line) => `dsaudit-forwarder: ${line}`), ...hint];
  io.err(`${lines.map((line) => printable(line)).join("\n")}\n`);
  return known && SETTINGS.has(known.code) ? 2 : 1;
}

const SETTINGS: ReadonlySet<string> = new Set(["usage", "config.invalid", "kubeconfig.invalid"]);

/** The loop comes around each second; after this it stands still (milliseconds). */
const STANDS_STILL = 30_000;

type Parts = {
  readonly settings: Settings;
  readonly io: Io;
  readonly log: Log;
  readonly source: ApiSource;
  readonly reflectors: Map<Kind, () => Health>;
  forwarding: Forwarding | undefined;
};

async function start(settings: Settings, io: Io): Promise<number> {
  const log = jsonLog({ level: settings.logLevel, write: io.err, now: Date.now });
  // Both are tried before anything begins: what is wrong with them is wrong for ever.
  if (settings.bus) openBus(settings.bus, "").close();
  const source = await openCluster(settings, io.environment);
  const parts: Parts = {
    settings,
    io,
    log,
    source,
    reflectors: new Map(),
    forwarding: undefined,
  };
  const http = await listen(parts);
  log.info("started", { version: VERSION, port: http.port, dryRun: settings.bus === undefined });
  io.listening?.(http.port);
  try {
    return await work(parts);
  } finally {
    await http.close();
    source.close();
  }
}

async function work(parts: Parts): Promise<number> {
  const { settings, io, log, source } = parts;
  const cluster = await whoIsIt(source, log, io.stop);
  if (cluster === undefined) return 0;
  log.info("the cluster is known", { cluster });
  const bus = settings.bus ? openBus(settings.bus, cluster) : printing(io.out);
  const forwarding = forward({
    cluster,
    version: VERSION,
    follow: follower(source, parts.reflectors, log),
    lead: leader(source, settings, log),
    put: bus.put,
    takeWishes: bus.takeWishes,
    greet: async (signal) => greet(source, signal),
    clock: systemClock,
    wall: Date.now,
    trouble: (what, error) => failed(log, what, error),
    every: { snapshot: settings.snapshotEvery },
  });
  parts.forwarding = forwarding;
  try {
    const stopped = new Promise<"stop">((resolve) => {
      if (io.stop.aborted) resolve("stop");
      io.stop.addEventListener("abort", () => resolve("stop"), { once: true });
    });
    await Promise.race([forwarding.done, stopped]);
    log.info("stopping");
    await forwarding.stop();
    log.info("stopped");
    return 0;
  } finally {
    bus.close();
  }
}

async function listen(parts: Parts): Promise<HttpServer> {
  const { host, port } = parts.settings.listen;
  const health = () => parts.forwarding?.health();
  const registry = metricsOf({
    version: VERSION,
    forward: health,
    reflectors: () => new Map([...parts.reflectors].map(([kind, of]) => [kind, of()])),
    now: systemClock.now,
  });
  const told = {
    // Before the cluster has answered there is no loop that could stand still.
    alive: () => systemClock.now() - (health()?.lastTick ?? systemClock.now()) < STANDS_STILL,
    readiness: () => readinessOf(health()?.sights ?? [], health()?.leading ?? false),
    metrics: async () => ({ text: await registry.metrics(), type: registry.contentType }),
  };
  return serve(parts.settings.listen, told).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AuditorError("usage", `--listen "${host}:${port}": ${printable(why, 200)}`, {
      hint: "another address or port: --listen 0.0.0.0:8081",
      cause,
    });
  });
}
