import { dirname, join } from "node:path/posix";
import { readSource, type Imported } from "./source.ts";

/**
 * Folder (with its slash) or single file → what it may import: beginnings of specifiers, of paths from the root, names of
 * packages. What lies in the same row is always allowed. A row without `node:` is pure: no clock, no chance, no outside.
 */
export type Table = Readonly<Record<string, readonly string[]>>;

/** Path from the root → text. Of files that are not TypeScript only the path counts. */
export type Files = ReadonlyMap<string, string>;

/** Its types describe what the API server says; its code is 2 MB that only adapters may load. */
const TYPES_ANYWHERE: readonly string[] = ["@kubernetes/client-node"];

export function violations(files: Files, table: Table): readonly string[] {
  const paths = [...files.keys()];
  return [
    ...missingReadmes(paths),
    ...paths.flatMap(bannedName),
    ...[...files].flatMap(([path, text]) =>
      path.endsWith(".ts") ? ofFile(path, text, table) : [],
    ),
  ].toSorted();
}

/** The row of the table that a path belongs to: the longest that it begins with. */
export const rowOf = (path: string, table: Table): string | undefined =>
  Object.keys(table)
    .filter((row) => isIn(path, row))
    .toSorted((a, b) => b.length - a.length)[0];

const isIn = (path: string, row: string): boolean =>
  row.endsWith("/") ? path.startsWith(row) : path === row;

function ofFile(path: string, text: string, table: Table): readonly string[] {
  const row = rowOf(path, table);
  if (row === undefined) return [`${path}: no row of the table knows this folder`];
  const { imports, impure } = readSource(text);
  const may = table[row] ?? [];
  const wrong = imports.flatMap((imported) => {
    const why = refuse({ path, row, may }, imported);
    return why === undefined ? [] : [`${path}: ${why}`];
  });
  const used = may.includes("node:") ? [] : impure.map((what) => `${path}: pure, yet uses ${what}`);
  return [...wrong, ...used];
}

type From = { readonly path: string; readonly row: string; readonly may: readonly string[] };

function refuse(file: From, { from, typeOnly }: Imported): string | undefined {
  if (from === undefined) return "imports what it computes; nobody can tell what that is";
  if (/\/\.{0,2}\//.test(from.replace(/^(\.\.\/)+/, ""))) return `takes a detour: ${from}`;
  if (typeOnly && TYPES_ANYWHERE.includes(from)) return undefined;
  if (from.startsWith(".")) return refuseRelative(file, from);
  const may = isAllowed(from, file) || (from.startsWith("#") && isIn(from.slice(1), file.row));
  return may ? undefined : `may not import ${from}${typeOnly ? " (as a type)" : ""}`;
}

/** Inside a folder ./, across folders #shared/…: so a step over a line is seen in the line itself. */
function refuseRelative(file: From, from: string): string | undefined {
  const target = join(dirname(file.path), from);
  const mayClimb = file.path.startsWith("test/") || target === "functions/settings.ts";
  if (from.startsWith("..") && !mayClimb) return `climbs with ${from}`;
  return isAllowed(target, file) || isIn(target, file.row) ? undefined : `may not import ${target}`;
}

const isAllowed = (target: string, { may }: From): boolean =>
  may.some((prefix) => begins(target, prefix));

/** "zod" is zod and zod/mini, not zodiac. */
const begins = (from: string, prefix: string): boolean =>
  /[/:]$/.test(prefix) ? from.startsWith(prefix) : from === prefix || from.startsWith(`${prefix}/`);

function missingReadmes(paths: readonly string[]): readonly string[] {
  const folders = new Set(
    paths.flatMap((path) => {
      const [top = "", second = "", ...rest] = path.split("/");
      if (second === "") return [];
      return top === "shared" && rest.length > 0 ? [top, `${top}/${second}`] : [top];
    }),
  );
  return [...folders].flatMap((folder) =>
    paths.includes(`${folder}/README.md`) ? [] : [`${folder}/: has no README.md`],
  );
}

const BANNED = new Set(
  "utils util helpers helper common misc types manager service base impl".split(" "),
);
/** The names that are banned and right. */
const RIGHT: ReadonlyMap<string, string> = new Map([
  ["shared/cluster/service.ts", "the Kubernetes kind Service"],
  ["shared/cluster/read/service.ts", "reads the Kubernetes kind Service"],
]);

function bannedName(path: string): readonly string[] {
  if (!/\.tsx?$/.test(path)) return [];
  const ofSource = path.replace(/^test\/(?=shared|functions)/, "").replace(/\.test\.ts$/, ".ts");
  if (RIGHT.has(ofSource)) return [];
  const names = path.split("/").map((name) => name.split(".")[0] ?? "");
  return names.flatMap((name) =>
    BANNED.has(name) ? [`${path}: "${name}" says nothing of what is in it`] : [],
  );
}
