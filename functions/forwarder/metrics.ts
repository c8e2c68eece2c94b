import { Counter, Gauge, Registry, collectDefaultMetrics } from "prom-client";
import type { Kind } from "#shared/cluster/cluster.ts";
import type { Health } from "#shared/adapters/kubernetes/reflector/health.ts";
import type { ForwardHealth } from "#shared/flow/forward.ts";

/** What the figures are taken from, at the moment of a scrape. */
export type Measured = {
  readonly version: string;
  /** undefined until the cluster has answered for the first time. */
  readonly forward: () => ForwardHealth | undefined;
  readonly reflectors: () => ReadonlyMap<Kind, Health>;
  /** The clock's moment: of the same clock as theirs. */
  readonly now: () => number;
};

const P = "dsaudit_forwarder_";

/**
 * What is counted elsewhere is only read here: nothing on the way of a change knows of metrics. Values of labels are our own
 * words (kinds, reasons, codes of AWS), never names from the cluster.
 */
export function metricsOf(measured: Measured): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: `${P}build_info`,
    help: "Which version runs, and on which Node.",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version: measured.version, node: process.versions.node }, 1);
  addReflectors(registry, measured);
  addForward(registry, measured);
  addDelivery(registry, measured);
  return registry;
}

type Row = readonly [labels: Readonly<Record<string, string>>, value: number];
type Told = {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly rows: () => readonly Row[];
};

function gauge(registry: Registry, { name, help, labels = [], rows }: Told): void {
  new Gauge({
    name: `${P}${name}`,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const [of, value] of rows()) this.set({ ...of }, value);
    },
  });
}

function counter(registry: Registry, { name, help, labels = [], rows }: Told): void {
  new Counter({
    name: `${P}${name}_total`,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const [of, value] of rows()) this.inc({ ...of }, value);
    },
  });
}

const COUNTED = [
  ["watches", "Watches that were asked for."],
  [
    "quiet_ends",
    "Watches that were opened anew because nothing was heard; no fault of a kind at rest.",
  ],
  ["failures", "Lists and watches that failed."],
  ["bad_lines", "Lines of a watch that could not be read; each makes everything be read again."],
  ["refused_objects", "Objects whose names no API server takes."],
  ["older_lists", "Lists that were refused because they were older than what had been seen."],
  ["consumer_throws", "Changes that could not be taken; each makes everything be read again."],
] as const;
type Counted = (typeof COUNTED)[number][0];

const valueOf: Readonly<Record<Counted, (health: Health) => number>> = {
  watches: ({ watches }) => watches,
  quiet_ends: ({ quietEnds }) => quietEnds,
  failures: ({ failures }) => failures,
  bad_lines: ({ badLines }) => badLines,
  refused_objects: ({ refusedObjects }) => refusedObjects,
  older_lists: ({ olderLists }) => olderLists,
  consumer_throws: ({ consumerThrew }) => consumerThrew,
};

function addReflectors(registry: Registry, { reflectors, now }: Measured): void {
  const each = (value: (health: Health) => number | undefined) => (): readonly Row[] =>
    [...reflectors()].flatMap(([kind, health]) => {
      const found = value(health);
      return found === undefined ? [] : [[{ kind }, found] as const];
    });
  for (const [name, help] of COUNTED)
    counter(registry, { name, help, labels: ["kind"], rows: each(valueOf[name]) });
  counter(registry, {
    name: "lists",
    help: "Times that all objects of a kind were asked for, by what made it necessary.",
    labels: ["kind", "reason"],
    rows: () =>
      [...reflectors()].flatMap(([kind, { lists }]) =>
        [...lists].map(([reason, times]) => [{ kind, reason }, times] as const),
      ),
  });
  gauge(registry, {
    name: "in_sight",
    help: "1: what is there of the kind is known; 0: it is not known yet, or may not be seen.",
    labels: ["kind"],
    rows: each(({ inSight }) => Number(inSight)),
  });
  gauge(registry, {
    name: "last_byte_age_seconds",
    help: "Since the API server last sent anything of the kind.",
    labels: ["kind"],
    rows: each(({ lastByte }) => (lastByte === undefined ? undefined : (now() - lastByte) / 1000)),
  });
}

function addForward(registry: Registry, { forward, now }: Measured): void {
  const one = (value: (health: ForwardHealth) => number | undefined) => (): readonly Row[] => {
    const health = forward();
    const found = health && value(health);
    return found === undefined ? [] : [[{}, found]];
  };
  const told: readonly (readonly [
    string,
    string,
    (health: ForwardHealth) => number | undefined,
  ])[] = [
    ["leader", "1: this replica speaks for the cluster.", ({ leading }) => Number(leading)],
    ["rows_dirty", "Rows that wait to be told to the bus.", ({ waiting }) => waiting],
    ["view_nodes", "Nodes in the view.", ({ sizes }) => sizes.nodes],
    ["view_daemonsets", "DaemonSets in the view.", ({ sizes }) => sizes.daemonSets],
    ["view_pods", "Pods in the view.", ({ sizes }) => sizes.pods],
    ["view_pods_bytes", "Bytes that hold the pods of the view.", ({ sizes }) => sizes.bytes],
    [
      "clock_skew_seconds",
      "How far the clock here is ahead of the API server's.",
      ({ skewSeconds }) => skewSeconds,
    ],
    [
      "loop_age_seconds",
      "Since the loop last ran, which it does each second.",
      ({ lastTick }) => (now() - lastTick) / 1000,
    ],
  ];
  for (const [name, help, value] of told) gauge(registry, { name, help, rows: one(value) });
}

function addDelivery(registry: Registry, { forward, now }: Measured): void {
  const delivery = () => forward()?.delivery;
  const since = (at: number | undefined): readonly Row[] =>
    at === undefined ? [] : [[{}, (now() - at) / 1000]];
  counter(registry, {
    name: "events_accepted",
    help: "Events that the bus has accepted.",
    rows: () => [[{}, delivery()?.accepted ?? 0]],
  });
  counter(registry, {
    name: "event_bytes",
    help: "Bytes of the events that the bus has accepted.",
    rows: () => [[{}, delivery()?.bytes ?? 0]],
  });
  counter(registry, {
    name: "events_failed",
    help: "Tries that the bus refused or did not answer, by its code. What they said is said again.",
    labels: ["code"],
    rows: () => [...(delivery()?.refused ?? [])].map(([code, times]) => [{ code }, times] as const),
  });
  gauge(registry, {
    name: "rows_too_large",
    help: "Times that a row was left out because no event can hold it.",
    rows: () => [[{}, forward()?.tooLarge ?? 0]],
  });
  gauge(registry, {
    name: "events_held",
    help: "Events that were refused for their own sake and wait before they are tried again.",
    rows: () => [[{}, delivery()?.held ?? 0]],
  });
  gauge(registry, {
    name: "last_accepted_age_seconds",
    help: "Since the bus last accepted anything.",
    rows: () => since(delivery()?.lastAccepted),
  });
  gauge(registry, {
    name: "bus_failing_seconds",
    help: "Since when nothing is accepted though something is tried; absent while all is well.",
    rows: () => since(delivery()?.failingSince),
  });
}
