import { statusJson, type Asking, type Store, type Trouble } from "../fixtures/watched-store.ts";
import { CALM, type BusState } from "./bus.ts";
import { WATCHED, type Watched } from "./truth.ts";
import type { World } from "./world.ts";

/** Something that goes wrong. */
export type Fault = {
  /** How long, until it is over or can be known to be there (silence: the limit of 75 s). */
  readonly lasts: (r: number) => number;
  readonly begin: (world: World, r: number) => void;
};

const SILENCE = 75_000;
const at = (low: number, high: number) => (r: number) =>
  Math.round(low + part(r, 3) * (high - low));
/** Another number in [0, 1) of the same one. */
const part = (r: number, i: number): number => (r * 10 ** i) % 1;
const ended = (r: number): number => 20_000 + at(500, 20_000)(r);
const once = (): number => 1000;
const kindOf = (r: number): Watched => WATCHED[Math.floor(part(r, 1) * WATCHED.length)] ?? "Node";
const storeOf = (world: World, r: number): Store => world.truth.store(kindOf(r));
const raw = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

/** Into all open watches of one kind. */
const inject =
  (text: (r: number) => string, ends: "cut" | "close" | "silent") => (world: World, r: number) =>
    storeOf(world, r).inject({ raw: text(r), ends });

/** The next requests of this sort meet this. */
const meet =
  (what: Asking["what"] | "any", trouble: Trouble, times = 1) =>
  (world: World, r: number) => {
    world.trouble(kindOf(r), { what, trouble, times });
    storeOf(world, r).inject({ ends: "cut" });
  };

/** For its whole time all requests of the kind meet this, and open watches end. */
const during = (trouble: Trouble, low: number, high: number): Fault => ({
  lasts: at(low, high),
  begin(world, r) {
    world.trouble(kindOf(r), { what: "any", trouble, until: world.clock.now() + at(low, high)(r) });
    storeOf(world, r).inject({ ends: "cut" });
  },
});

const brief = (begin: Fault["begin"], lasts: Fault["lasts"] = once): Fault => ({ lasts, begin });
const expired = raw("ERROR", statusJson(410));

const answers = Object.fromEntries(
  [400, 401, 410, 429, 500, 503, 504].map((status) => [
    `watch-answered-${status}`,
    brief(
      meet("watch", status === 429 ? { status, headers: { "retry-after": "7" } } : { status }),
      status === 429 ? () => 8000 : once,
    ),
  ]),
);

const streams: Readonly<Record<string, Fault>> = {
  cut: brief(inject(() => "", "cut")),
  closed: brief(inject(() => "", "close")),
  "cut-in-a-line": brief(inject(() => '{"type":"MODIFIED","object":{"kind":"No', "cut")),
  "expired-and-closed": brief(inject(() => expired, "close")),
  "expired-and-open": brief(inject(() => expired, "silent")),
  "error-500-inside": brief((world, r) => {
    const text = raw("ERROR", statusJson(500, "boom"));
    world.trouble(kindOf(r), { what: "any", trouble: { text, ends: "silent" }, times: 3 });
    storeOf(world, r).inject({ raw: text, ends: "silent" });
  }),
  "error-of-null": brief(inject(() => raw("ERROR", null), "silent")),
  "no-metadata": brief(inject((r) => raw("MODIFIED", { kind: kindOf(r) }), "silent")),
  corrupt: brief(inject(() => '{"type":"ADDED","object":{bad\n', "silent")),
  "a-table": brief(
    inject(
      () => raw("ADDED", { kind: "Table", metadata: { name: "x", resourceVersion: "99999999" } }),
      "silent",
    ),
  ),
  "older-version": brief(
    inject(
      (r) =>
        raw("MODIFIED", {
          kind: kindOf(r),
          metadata: { name: "node-1", uid: "old", resourceVersion: "3" },
        }),
      "silent",
    ),
  ),
  silence: brief(
    inject(() => "", "silent"),
    () => SILENCE,
  ),
  "silence-in-a-line": brief(
    inject(() => '{"type":"MODI', "silent"),
    () => SILENCE,
  ),
};

const requests: Readonly<Record<string, Fault>> = {
  "closed-at-once": brief(meet("watch", { text: "", ends: "close" })),
  "no-answer": brief(meet("any", "silent"), () => SILENCE),
  "no-list-answered": brief(
    (world, r) => {
      world.trouble(kindOf(r), { what: "watch-list", trouble: "silent", times: 1 });
      storeOf(world, r).inject({ raw: expired, ends: "close" });
    },
    () => SILENCE + 4000,
  ),
  "a-page-for-people": brief(meet("any", { text: "<html>log in</html>", ends: "close" })),
  "list-fails": brief((world, r) => {
    storeOf(world, r).compact();
    world.trouble(kindOf(r), { what: "any", trouble: { status: 500 }, times: 4 });
    storeOf(world, r).inject({ ends: "cut" });
  }),
  "empty-list": brief((world, r) => world.lie(kindOf(r), 0)),
  "list-without-most": brief((world, r) => world.lie(kindOf(r), 0.4)),
  "pages-only": brief((world, r) => {
    storeOf(world, r).watchList = false;
    storeOf(world, r).inject({ raw: expired, ends: "close" });
  }),
  "page-fails": brief((world, r) => {
    storeOf(world, r).watchList = false;
    const trouble = [{ status: 500 }, { status: 410 }, { text: "{", ends: "cut" as const }];
    world.trouble(kindOf(r), {
      what: "list",
      page: Math.floor(part(r, 2) * 4),
      trouble: trouble[Math.floor(part(r, 4) * 3)] ?? { status: 500 },
      times: 1,
    });
    storeOf(world, r).inject({ raw: expired, ends: "close" });
  }),
  "lists-inside-watches-again": brief((world, r) => void (storeOf(world, r).watchList = true)),
  compacted: brief((world, r) => {
    storeOf(world, r).compact();
    storeOf(world, r).inject({ ends: "cut" });
  }),
  forbidden: during({ status: 403, message: "forbidden" }, 5000, 120_000),
  "not-served": during({ status: 404 }, 5000, 90_000),
  "kind-down": during({ status: 503 }, 5000, 120_000),
  "lagging-server": {
    lasts: at(2000, 45_000),
    begin(world, r) {
      const store = storeOf(world, r);
      store.lag(1 + Math.floor(part(r, 2) * 40));
      // What begins in the lagging server's time is answered by it.
      if (part(r, 4) < 0.5) store.inject({ raw: expired, ends: "close" });
      world.later(at(2000, 45_000)(r), () => store.lag(0));
    },
  },
  "server-down": {
    lasts: at(3000, 180_000),
    begin(world, r) {
      const until = world.clock.now() + at(3000, 180_000)(r);
      for (const kind of WATCHED) {
        world.trouble(kind, { what: "any", trouble: "refused", until });
        world.truth.store(kind).inject({ ends: "cut" });
      }
    },
  },
  "server-upgraded": brief(
    (world) => {
      for (const kind of WATCHED) {
        world.truth.store(kind).compact();
        world.truth.store(kind).inject({ raw: expired, ends: "close" });
      }
    },
    () => 3000,
  ),
};

const consumers: Readonly<Record<string, Fault>> = {
  "consumer-throws": brief((world) => world.forwarders().forEach((one) => one.throwNext(2))),
  "consumer-is-slow": {
    lasts: at(1000, 20_000),
    begin: (world, r) => world.forwarders().forEach((one) => one.block(at(1000, 20_000)(r))),
  },
};

const processes: Readonly<Record<string, Fault>> = {
  // The Lease of one that was killed is free after 15 s.
  killed: { lasts: ended, begin: (world, r) => world.end("kill", at(500, 20_000)(r)) },
  "killed-at-once-again": {
    lasts: (r) => ended(r) + 5000,
    begin(world, r) {
      world.end("kill", 500);
      world.later(500 + part(r, 5) * 5000, () => world.end("kill", at(500, 20_000)(r)));
    },
  },
  stopped: { lasts: ended, begin: (world, r) => world.end("stop", at(500, 20_000)(r)) },
  paused: {
    lasts: at(1000, 60_000),
    begin(world, r) {
      const [one] = world.forwarders();
      one?.pause(at(1000, 60_000)(r));
    },
  },
};

/** The bus is so for a while. */
const bad = (state: (r: number) => Partial<BusState>, low: number, high: number): Fault => ({
  lasts: at(low, high),
  begin(world, r) {
    Object.assign(world.bus.state, state(r));
    world.later(at(low, high)(r), () => Object.assign(world.bus.state, CALM));
  },
});

const delivery: Readonly<Record<string, Fault>> = {
  "bus-down": bad(() => ({ down: true }), 5000, 300_000),
  "bus-refuses": bad((r) => ({ refused: 0.1 + part(r, 5) / 2, throttled: 0.2 }), 5000, 120_000),
  "bus-unsure": bad((r) => ({ unsure: 0.1 + part(r, 5) / 2 }), 5000, 120_000),
  "bus-loses": bad((r) => ({ lost: 0.01 + part(r, 5) / 2 }), 5000, 120_000),
  "bus-doubles-and-shuffles": bad(() => ({ doubled: 0.8, late: 0.7 }), 5000, 120_000),
  "wishes-unheard": brief((world) => void world.receiver.wish()),
};

/** Each by the name that a printed schedule says. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  ...answers,
  ...streams,
  ...requests,
  ...consumers,
  ...processes,
  ...delivery,
};
