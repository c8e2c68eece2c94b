import * as z from "zod";
import { DaemonSetState, DaemonSetStates } from "./daemon-set-states.ts";
import { HEADER } from "./header.ts";
import { Heartbeat } from "./heartbeat.ts";
import { NodeState, NodeStates } from "./node-states.ts";
import { ObjectState, ObjectStates } from "./object-states.ts";
import { PodClass, PodRow } from "./pod-rows.ts";
import { SHAPES } from "./shapes/kinds.ts";
import { Taint } from "./shapes/node.ts";
import { Metadata, OwnerReference } from "./shapes/metadata.ts";
import { AffinityTerm, Container, PodSpec, Toleration } from "./shapes/pod-spec.ts";
import { Condition, ContainerStatus, PodStatus, PodStatusOfClass } from "./shapes/pod-status.ts";
import { LabelSelector, NodeSelector, Requirement } from "./shapes/selector.ts";
import { Snapshot } from "./snapshot.ts";

/** What has a table of its own, in the order of the page. */
const EVENTS: readonly (readonly [name: string, schema: z.ZodType])[] = [
  ["NodeStates", NodeStates],
  ["NodeState", NodeState],
  ["DaemonSetStates", DaemonSetStates],
  ["DaemonSetState", DaemonSetState],
  ["ObjectStates", ObjectStates],
  ["ObjectState", ObjectState],
  ["PodClass", PodClass],
  ["PodRow", PodRow],
  ["Heartbeat", Heartbeat],
  ["Snapshot", Snapshot],
];
const PARTS: readonly (readonly [name: string, schema: z.ZodType])[] = [
  ["Metadata", Metadata],
  ["PodSpec", PodSpec],
  ["Container", Container],
  ["Toleration", Toleration],
  ["AffinityTerm", AffinityTerm],
  ["PodStatus", PodStatus],
  ["ContainerStatus", ContainerStatus],
  ["Condition", Condition],
  ["OwnerReference", OwnerReference],
  ["Taint", Taint],
  ["LabelSelector", LabelSelector],
  ["NodeSelector", NodeSelector],
  ["Requirement", Requirement],
];
/** A pod travels as a row of its class, never as one object. */
const KINDS = Object.entries(SHAPES).filter(([kind]) => kind !== "Pod");

/** By definition, which a schema shares with its copies that are described otherwise. */
const NAMES: ReadonlyMap<object, string> = new Map([
  ...[...EVENTS, ...PARTS, ...KINDS].map(([name, schema]) => [schema.def, name] as const),
  [PodStatusOfClass.def, "PodStatus"],
]);

type Row = readonly [path: string, what: string];

const isSchema = (value: unknown): value is z.ZodType => value instanceof z.ZodType;

/** The schemas directly inside one, each with what it adds to the path; undefined: nothing is. */
function insideOf(schema: z.ZodType): readonly (readonly [string, unknown])[] | undefined {
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).map(([key, one]) => [`.${key}`, one]);
  if (schema instanceof z.ZodArray) return [["[]", schema.element]];
  if (schema instanceof z.ZodOptional) return [["", schema.unwrap()]];
  if (schema instanceof z.ZodUnion && schema.options.some((one) => one instanceof z.ZodObject))
    return schema.options.map((one) => ["", one]);
  return undefined;
}

const quoted = (values: Iterable<unknown>): string =>
  [...values].map((one) => `\`${String(one)}\``).join(", ");

function wordsOf(schema: z.ZodType): string {
  if (schema.description !== undefined) return schema.description;
  if (schema instanceof z.ZodLiteral) return quoted(schema.values);
  if (schema instanceof z.ZodEnum) return quoted(schema.options);
  if (schema instanceof z.ZodTuple)
    return schema.def.items.map((one) => (isSchema(one) ? wordsOf(one) : "")).join(", ");
  return "";
}

const joined = (...words: readonly string[]): string =>
  words.filter((one) => one !== "").join(": ");

function rowsOf(schema: z.ZodType, path: string): readonly Row[] {
  const words = wordsOf(schema);
  const name = path === "" ? undefined : NAMES.get(schema.def);
  if (name !== undefined) return [[path, joined(words, `[${name}](#${name.toLowerCase()})`)]];
  const inside = insideOf(schema);
  if (!inside || inside.length === 0) return [[path, words]];
  const rows = inside.flatMap(([step, one]) => (isSchema(one) ? rowsOf(one, path + step) : []));
  const [[only, what] = ["", ""], ...others] = rows;
  if (schema instanceof z.ZodArray && others.length === 0) return [[only, joined(words, what)]];
  // What an object is for stands before its parts.
  return words === "" || path === "" ? rows : [[path, words], ...rows];
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** Each path once: kinds of rows have fields in common. */
function table(rows: readonly Row[]): string {
  const words = new Map<string, Set<string>>();
  for (const [path, what] of rows) {
    const field = path.replace(/^\./, "");
    words.set(field, (words.get(field) ?? new Set()).add(what));
  }
  const lines = [...words].map(
    ([field, what]) =>
      `| \`${field}\` | ${cell([...what].filter((one) => one !== "").join("; "))} |`,
  );
  return ["| Field | What it is |", "|---|---|", ...lines].join("\n");
}

const IN_HEADER = new Set(Object.keys(HEADER).map((key) => `.${key}`));
const isOfHeader = ([path]: Row): boolean => IN_HEADER.has(path) || path.startsWith(".epoch.");

const section = ([name, schema]: readonly [string, z.ZodType]): string =>
  `### ${name}\n\n${table(rowsOf(schema, "").filter((row) => !isOfHeader(row)))}\n`;

const INTRODUCTION = `# What leaves the cluster, field by field

Made from the schemas in this folder by \`npm run causes\`; a check fails when it is stale. The forwarder reads objects into types
that have no place for anything else, writes events from these types alone, and the cloud side refuses an event that holds a
field which is not listed here.

## What never leaves

- Environment variables, commands, arguments, working directories, probes, mounts and security settings of containers.
- Contents of volumes, of ConfigMaps and of Secrets: no such object is read. The names of those that a pod mounts are told, since
  a missing one is why a pod does not start.
- Tokens of ServiceAccounts, names of pull secrets, volumes named \`kube-api-access-…\`.
- Annotations, but those that begin with \`dsaudit.dev/\` and the marks that [Metadata](#metadata) lists.
- Addresses of pods, nodes, Services and endpoints. Of a pod it is told that it has one; of a host port the address that it
  asks for, which decides what it collides with.
- Stored templates of ControllerRevisions; of \`managedFields\` all but the names of a DaemonSet's managers.
- Images' digests, container IDs, machine IDs, kernel versions, status addresses of nodes.
- Any kind of object that is not listed here, and any field of those listed that is not.

Names, labels, image names and what Kubernetes itself says of a pod or a node (its conditions, states and Events) leave as they
are. Such texts can quote a command line or a URL, so what looks like a credential is taken out before they leave.
`;

export const forwardedMarkdown = (): string =>
  [
    INTRODUCTION,
    `## Every event\n\n${table(rowsOf(z.object(HEADER), ""))}\n`,
    "## Events and their rows\n",
    ...EVENTS.map(section),
    "## Parts of objects\n",
    ...PARTS.map(section),
    "## Objects of Kubernetes\n",
    ...KINDS.map(section),
  ].join("\n");
