import type { Io } from "./io.ts";

const NARROWEST = 40;
const USUAL = 80;

/** Columns to write for: the terminal's, else what COLUMNS says, else 80. A file has none, whoever looks on. */
export function widthOf({ stdout, env }: Pick<Io, "stdout" | "env">, toFile = false): number {
  if (toFile) return USUAL;
  const columns = stdout.columns ?? Number(env["COLUMNS"]);
  return columns >= NARROWEST ? columns : USUAL;
}

/** --no-color, then FORCE_COLOR, then NO_COLOR and a terminal that cannot, then whether there is a terminal. */
export function hasColor(
  { stdout, env }: Pick<Io, "stdout" | "env">,
  wish: { readonly color: boolean; readonly toFile?: boolean },
): boolean {
  if (!wish.color || wish.toFile === true) return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  if ((env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb") return false;
  return stdout.isTerminal;
}
