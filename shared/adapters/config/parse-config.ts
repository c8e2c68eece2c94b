import * as z from "zod";
import {
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  type Document,
  type YAMLParseError,
} from "yaml";
import { AuditorError } from "#shared/auditor-error.ts";
import type { Severity } from "#shared/audit/cause.ts";
import { DEFAULT_GRACE, type AuditPolicy } from "#shared/audit/policy.ts";
import { didYouMean } from "#shared/cluster/nearest-name.ts";
import { printable } from "#shared/cluster/printable.ts";
import { ConfigFile } from "./config-schema.ts";

export type Config = {
  readonly policy: AuditPolicy;
  readonly failOn: Severity | undefined;
  /** What the reader should hear though it is no error. */
  readonly notes: readonly string[];
};

type Path = readonly PropertyKey[];
/** `key`: what is wrong is the last name of the path, not what stands behind it. */
type Complaint = { readonly path: Path; readonly key?: true; readonly text: string };

export type ConfigContext = {
  /** As the reader knows it, for messages. */
  readonly file: string;
  /** Codes of the catalogue. */
  readonly causes: readonly string[];
};

/** An empty file is a valid one. Throws AuditorError "config.invalid" that names every wrong place as file:line:column. */
export function parseConfig(text: string, context: ConfigContext): Config {
  if (/[\0\ufffd]/.test(text)) throw invalid(context.file, [`${context.file} is no text in UTF-8`]);
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\ufeff/, ""), { lineCounter: lines });
  const where = placesIn(document, lines, context.file);
  const [broken] = document.errors;
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw invalid(context.file, [`${context.file}:${line}:${col} ${syntaxText(broken)}`]);
  }
  const value = valueOf(document, context.file);
  if (value === null || value === undefined) {
    return configOf({}, [`${context.file} is empty: all defaults hold`]);
  }
  const parsed = ConfigFile.safeParse(value);
  const complaints = parsed.success
    ? unknownCauses(parsed.data, context.causes)
    : parsed.error.issues.flatMap((issue) => complain(issue, value));
  if (complaints.length > 0 || !parsed.success) {
    throw invalid(
      context.file,
      complaints.map((complaint) => `${where(complaint)} ${complaint.text}`),
    );
  }
  return configOf(parsed.data, []);
}

/** Aliases that multiply are refused by the reader itself (at 100 uses). */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw invalid(file, [`${file}: ${printable(said, 200)}`]);
  }
}

/** The first line of the reader's own words, which are for programmers in one case; the rest draws the source. */
const syntaxText = ({ code, message }: YAMLParseError): string =>
  code === "MULTIPLE_DOCS"
    ? "a second document begins here, and there may be one only"
    : printable((message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, ""), 200);

function configOf(file: ConfigFile, notes: readonly string[]): Config {
  const { severities = {}, roles = [], ignore = [], grace = {}, mustCover = [] } = file;
  const set = Object.entries(grace).filter(([, value]) => value !== undefined);
  return {
    failOn: file.failOn,
    notes,
    policy: {
      severities: new Map(Object.entries(severities)),
      roles,
      mustCover,
      grace: { ...DEFAULT_GRACE, ...Object.fromEntries(set) },
      startupTaints: file.startupTaints ?? [],
      leavingTaints: file.leavingTaints ?? [],
      ignore: ignore.map(({ cause = "*", daemonSet = "*", node = "*", reason, until }) => ({
        cause,
        daemonSet,
        node,
        reason,
        until,
      })),
    },
  };
}

function complain(issue: z.core.$ZodIssue, value: unknown): readonly Complaint[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(ConfigFile, path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      key: true as const,
      text: `is no setting.${didYouMean(key, known) || ` Here may stand: ${known.join(", ")}.`}`,
    }));
  }
  const found = valueAt(value, path);
  const said = found === undefined ? "and is missing" : `not ${shown(found)}`;
  return [{ path, text: `${issue.message}, ${said}` }];
}

/** Severities and ignore rules name causes; a mistyped one would silently do nothing. */
function unknownCauses(file: ConfigFile, causes: readonly string[]): readonly Complaint[] {
  const named = [
    // Only an ignore rule may name several with *; a severity would silently do nothing.
    ...Object.keys(file.severities ?? {})
      .filter((cause) => cause.includes("*") || !isCause(cause, causes))
      .map((cause) => ({ path: ["severities", cause], key: true as const, cause, said: "" })),
    ...(file.ignore ?? [])
      .map(({ cause = "*" }, at) => ({ path: ["ignore", at, "cause"], cause }))
      .filter(({ cause }) => !isCause(cause, causes))
      .map((place) => ({ ...place, said: `${shown(place.cause)} ` })),
  ];
  return named.map(({ cause, said, ...place }) => ({
    ...place,
    text: `${said}is no cause.${didYouMean(cause, causes) || " `dsaudit causes` lists them."}`,
  }));
}

/** insufficient-RESOURCE is a cause for every extended resource there is: those have a domain, or are huge pages. */
const isCause = (cause: string, causes: readonly string[]): boolean =>
  cause.includes("*") ||
  /^insufficient-(?:hugepages-|[^/]+\/)/.test(cause) ||
  causes.includes(cause);

function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  let here: unknown = schema;
  for (const step of path) {
    here = unwrapped(here);
    if (here instanceof z.ZodArray) here = here.element;
    else if (here instanceof z.ZodObject) here = valueAt(here.shape, [step]);
  }
  here = unwrapped(here);
  return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
}

const unwrapped = (schema: unknown): unknown =>
  schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = Object.getOwnPropertyDescriptor(here, step)?.value;
  }
  return here;
}

const shown = (value: unknown): string => printable(JSON.stringify(value) ?? String(value), 60);

type Place = Pick<Complaint, "path" | "key">;

/** "file:line:column field" of the nearest place that the document has. */
function placesIn(document: Document, lines: LineCounter, file: string): (at: Place) => string {
  return ({ path, key }) => {
    const offset = (key && keyOffset(document, path)) ?? offsetOf(document, path);
    const { line, col } = lines.linePos(offset);
    const field = path.map(stepText).join("").replace(/^\./, "");
    return `${file}:${line}:${col} ${field === "" ? "the file" : field}`;
  };
}

/** As in "ignore[0].reason". */
const stepText = (step: PropertyKey): string =>
  typeof step === "number" ? `[${step}]` : `.${printable(String(step), 80)}`;

function keyOffset(document: Document, path: Path): number | undefined {
  const above = path.slice(0, -1);
  const map = above.length === 0 ? document.contents : document.getIn(above, true);
  if (!isMap(map)) return undefined;
  const keys = map.items.map(({ key }) => key).filter((key) => isScalar(key));
  return keys.find(({ value }) => String(value) === String(path.at(-1)))?.range?.[0];
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    const range: unknown =
      typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
    if (Array.isArray(range) && typeof range[0] === "number") return range[0];
  }
  return 0;
}

const invalid = (file: string, complaints: readonly string[]): AuditorError =>
  new AuditorError("config.invalid", complaints.slice(0, 20).join("\n"), {
    hint: `correct ${file}; without a file all defaults hold`,
  });
