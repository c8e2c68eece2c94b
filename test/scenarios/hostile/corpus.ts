import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One input of the open corpus: what is fed, and what must become of it. */
export type Hostile = {
  readonly id: string;
  readonly area: string;
  readonly input?: unknown;
  /** Of an input that is too large to write out. */
  readonly gen?: {
    readonly kind: string;
    readonly count?: number;
    readonly text?: string;
    readonly from?: number;
    readonly to?: number;
  };
  readonly class: "accept" | "reject" | "sanitise";
  readonly expect: string;
};

/** Other people's work and no part of the project: read where DSAUDIT_DATA names its folder. */
const file = join(process.env["DSAUDIT_DATA"] ?? "", "hostile-inputs.json");
const isThere = process.env["DSAUDIT_DATA"] !== undefined && existsSync(file);

export const CORPUS: readonly Hostile[] = isThere
  ? (JSON.parse(readFileSync(file, "utf8")) as { readonly inputs: readonly Hostile[] }).inputs
  : [];

/** The text of a case, written out or generated. */
export const textOf = ({ input, gen }: Hostile): string =>
  typeof input === "string" ? input : (gen?.text ?? "").repeat(gen?.count ?? 1);
