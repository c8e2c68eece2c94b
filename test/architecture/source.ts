import { parseAst } from "vitest/node";
import { isRecord } from "#shared/cluster/read/json.ts";

export type Imported = {
  /** As written; undefined where it is computed and nobody can know. */
  readonly from: string | undefined;
  /** Gone when Node runs the file. `import { type A }` is not: the module is still loaded. */
  readonly typeOnly: boolean;
};

export type Source = {
  readonly imports: readonly Imported[];
  /** Uses of the clock, of chance and of the outside world: "Date.now", "process" … */
  readonly impure: readonly string[];
};

type Syntax = { readonly type: string; readonly [field: string]: unknown };
const isSyntax = (value: unknown): value is Syntax =>
  isRecord(value) && typeof value["type"] === "string";

export function readSource(text: string): Source {
  const program: unknown = parseAst(text, { lang: "ts" });
  return { imports: [...importsIn(program)], impure: [...new Set(impureIn(program))] };
}

function* below(node: Syntax): Generator<Syntax> {
  for (const value of Object.values(node)) {
    if (isSyntax(value)) yield value;
    else if (Array.isArray(value)) yield* value.filter(isSyntax);
  }
}

const textOf = (literal: unknown): string | undefined =>
  isSyntax(literal) && literal.type === "Literal" && typeof literal["value"] === "string"
    ? literal["value"]
    : undefined;

function* importsIn(node: unknown): Generator<Imported> {
  if (!isSyntax(node)) return;
  const found = importOf(node);
  if (found) yield found;
  for (const child of below(node)) yield* importsIn(child);
}

function importOf(node: Syntax): Imported | undefined {
  switch (node.type) {
    case "ImportDeclaration":
      return { from: textOf(node["source"]), typeOnly: node["importKind"] === "type" };
    case "ExportAllDeclaration":
      return { from: textOf(node["source"]), typeOnly: node["exportKind"] === "type" };
    case "ExportNamedDeclaration":
      return isSyntax(node["source"])
        ? { from: textOf(node["source"]), typeOnly: node["exportKind"] === "type" }
        : undefined;
    case "ImportExpression":
      return { from: textOf(node["source"]), typeOnly: false };
    case "TSImportType":
      return { from: textOf(node["source"]), typeOnly: true };
    default:
      return undefined;
  }
}

/** Names of the outside world. A local variable of such a name misleads a reader as well, so it is reported too. */
const OUTSIDE = new Set([
  "process",
  "fetch",
  "performance",
  "crypto",
  "console",
  "globalThis",
  "require",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "WebSocket",
  "XMLHttpRequest",
]);
/** The only harmless ways to write Date: with an argument it is arithmetic, without one it is the clock. */
const PURE_OF_DATE = new Set(["parse", "UTC"]);

function* impureIn(node: unknown): Generator<string> {
  if (!isSyntax(node)) return;
  if (isImpureName(node)) yield nameOf(node);
  else if (node.type === "MetaProperty") yield "import.meta";
  else if (node.type === "MemberExpression") yield* impureMember(node);
  else if (isNewDate(node)) yield* impureDate(listOf(node["arguments"]));
  else for (const child of codeBelow(node)) yield* impureIn(child);
}

const nameOf = (node: unknown): string =>
  isSyntax(node) && node.type === "Identifier" ? String(node["name"]) : "";
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isImpureName = (node: Syntax): boolean =>
  OUTSIDE.has(nameOf(node)) || nameOf(node) === "Date" || nameOf(node) === "Math";

const isNewDate = (node: Syntax): boolean =>
  node.type === "NewExpression" && nameOf(node["callee"]) === "Date";

function* impureDate(given: readonly unknown[]): Generator<string> {
  if (given.length === 0) yield "new Date()";
  for (const argument of given) yield* impureIn(argument);
}

function* impureMember(node: Syntax): Generator<string> {
  const { object, property, computed } = node;
  const [of, member] = [nameOf(object), computed === true ? "" : nameOf(property)];
  if (of === "Date" && !PURE_OF_DATE.has(member)) yield `Date.${member}`;
  else if (of === "Math" && (member === "random" || member === "")) yield `Math.${member}`;
  else if (of !== "Date" && of !== "Math") yield* impureIn(object);
  if (computed === true) yield* impureIn(property);
}

/** What runs: no types, and no names of fields, which may well be "process". */
function* codeBelow(node: Syntax): Generator<Syntax> {
  const wrapped = node["expression"];
  if (node.type.startsWith("TS")) {
    if (isSyntax(wrapped)) yield wrapped;
    return;
  }
  const isNamed = node["computed"] !== true && isSyntax(node["key"]);
  for (const child of below(node)) {
    const isName = isNamed && child === node["key"];
    const isLabel = child === node["imported"] || child === node["exported"];
    if (!isName && !isLabel) yield child;
  }
}
