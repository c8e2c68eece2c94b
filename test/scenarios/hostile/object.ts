import { expect } from "vitest";
import { OUTPUT_FORMATS, render } from "#shared/report/render.ts";
import type { AuditReport } from "#shared/report/report.ts";
import { dsaudit } from "../../fixtures/command.ts";
import { daemonPodJson, daemonSetJson, nodeJson, podJson } from "../../fixtures/kubernetes-json.ts";
import { OPTIONS } from "../../fixtures/saying.ts";
import type { Hostile } from "./corpus.ts";
import { fedBothWays, NEIGHBOURS, READY, saved, told, verdicts, type Json } from "./fed.ts";

const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What the corpus leaves out is as in every object of that kind. */
const merge = (base: Json, over: Json): Json =>
  Object.entries(over).reduce<Json>((sum, [key, value]) => {
    const before = sum[key];
    return { ...sum, [key]: isJson(value) && isJson(before) ? merge(before, value) : value };
  }, base);

const node = (input: Json) => merge(nodeJson("n1"), input);
const set = (input: Json) => merge(daemonSetJson("x"), input);
/** The pod of "x" on n1, as healthy as the corpus lets it be. */
const pod = (input: Json) => merge(daemonPodJson("x", "n1", READY), input);
const N1 = nodeJson("n1");
const X = daemonSetJson("x");
const wanting = (input: Json) =>
  daemonSetJson("x", { spec: { template: { spec: input["spec"] } } });
const tainted = (value: string, more: Json = {}) =>
  merge(nodeJson("n1", { spec: { taints: [{ key: "a", value, effect: "NoSchedule" }] } }), more);
const metadata = ({ metadata: given }: Json, more: Json): Json => ({ ...(given as Json), ...more });

/** What became of "x" on n1, and what was told of the input. */
const outcome = (report: AuditReport): readonly unknown[] => [verdicts(report)[0], told(report)];
const fed = async (...objects: readonly Json[]) => outcome(await fedBothWays(objects));

/** Where the secret came out: formats, and what `redact` writes. */
async function leaks(input: Json, secret: string): Promise<readonly string[]> {
  const objects = [N1, X, pod(input)];
  const report = await fedBothWays(objects);
  const stdin = JSON.stringify([...objects, ...NEIGHBOURS]);
  const { out } = await dsaudit(["redact", "-f", "-"], { stdin });
  const texts = OUTPUT_FORMATS.map((format) => [format, render(report, format, OPTIONS)] as const);
  const all = [["input", stdin], ["redact", out], ...texts] as const;
  return all.flatMap(([where, text]) => (text.includes(secret) ? [where] : []));
}

async function manyLabels(input: Json): Promise<readonly unknown[]> {
  const { count } = (input["metadata"] as { labels: { count: number } }).labels;
  const labels = Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}x`, "v"]));
  const report = await fedBothWays([nodeJson("n1", { metadata: { labels } }), X, pod({})]);
  const shown = OUTPUT_FORMATS.map((format) => render(report, format, OPTIONS));
  return [...outcome(report), shown.filter((text) => /k\d+x/.test(text))];
}

async function wrongCounter(input: Json): Promise<readonly unknown[]> {
  const status = { ...(input["status"] as Json), observedGeneration: 1 };
  const report = await fedBothWays([N1, set({ status }), pod({})]);
  const causes = report.findings.filter(({ subject }) => subject.name === "x");
  return [...outcome(report), causes.map(({ cause, severity }) => `${severity} ${cause}`)];
}

const NEWER = { status: { nodeInfo: { kubeletVersion: "v1.35.0" } } };
const SET = "DaemonSet/kube-system/x";
const NO_KEY = `toleration.empty_key ${SET} spec.template.spec.tolerations`;

/** Object → what came out; and what should. */
type Case = readonly [id: string, look: (input: Json) => Promise<unknown>, result: unknown];

const CASES: readonly Case[] = [
  ["K01", async (input) => fed(node(input), X, pod({})), ["n1: covered", []]],
  ["K02", async (input) => fed(node(input), X, pod({})), ["n1: unknown", []]],
  ["K04", async (input) => fed(tainted("z"), wanting(input)), ["n1: gap", []]],
  [
    // Known, and off, in the neighbours' version; behind a gate that nobody sees from outside in a newer one.
    "K05",
    async (input) => [
      await fed(tainted("9"), wanting(input)),
      outcome(await saved([tainted("9", NEWER), wanting(input)])),
    ],
    [
      ["n1: excluded", []],
      ["n1: unknown", []],
    ],
  ],
  [
    "K06",
    async (input) => [
      await fed(tainted(""), wanting(input)),
      await fed(tainted("z"), wanting(input)),
    ],
    [
      ["n1: gap", [NO_KEY]],
      ["n1: excluded", [NO_KEY]],
    ],
  ],
  ["K07", async (input) => fed(N1, X, pod(input)), ["n1: unknown", []]],
  [
    "K10",
    async (input) =>
      fed(N1, X, podJson("y", { ...READY, ...input, metadata: metadata(input, { name: "y" }) })),
    ["n1: gap", ["owner.incomplete Pod/default/y metadata.ownerReferences"]],
  ],
  [
    "K12",
    async (input) => {
      const labels = { app: "agent" };
      const spec = { selector: { matchLabels: labels }, template: { metadata: { labels } } };
      return fed(N1, daemonSetJson("x", { spec }), pod(input));
    },
    ["n1: gap", []],
  ],
  [
    "K13",
    async (input) =>
      fed(
        N1,
        daemonSetJson("x", { spec: input["spec"] as Json }),
        pod({ metadata: { ownerReferences: [] } }),
      ),
    ["n1: gap", [`selector.empty ${SET} spec.selector`]],
  ],
  [
    "K14",
    async (input) => fed(N1, set(input), pod({})),
    [
      "n1: covered",
      [`percent.out_of_range ${SET} spec.updateStrategy.rollingUpdate.maxUnavailable`],
    ],
  ],
  [
    "K16",
    wrongCounter,
    ["n1: covered", [], expect.arrayContaining(["info status-disagrees"]) as unknown],
  ],
  [
    "K17",
    async (input) => fed(node(input), X, pod({})),
    ["n1: covered", ["name.syntax Node/n1 status.allocatable.evil.io/__proto__"]],
  ],
  ["K20", manyLabels, ["n1: covered", [], []]],
  ["K22", async (input) => leaks(input, "AKIAIOSFODNN7EXAMPLE"), ["input"]],
  ["K23", async (input) => leaks(input, "SECRET=1"), ["input"]],
];

/** An object that is odd, and what becomes of its placement on node n1. */
export const OBJECTS: ReadonlyMap<string, (hostile: Hostile) => Promise<void>> = new Map(
  CASES.map(([id, look, result]) => {
    const check = async ({ input }: Hostile): Promise<void> => {
      expect(await look(input as Json)).toEqual(result);
    };
    return [id, check] as const;
  }),
);
