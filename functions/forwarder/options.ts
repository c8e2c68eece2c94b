import { parseArgs } from "node:util";
import { didYouMean } from "#shared/cluster/nearest-name.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { Check } from "./settings-values.ts";

/** Something that can be set, by flag or by environment. */
export type Option<T> = {
  readonly flag: string;
  /** What stands after the flag in the help; "" for one that takes nothing. */
  readonly takes: string;
  /** In the order in which they are asked. The first is ours. */
  readonly variables: readonly string[];
  readonly help: string;
  readonly check: Check<T>;
};

export const option = <T>(
  flag: string,
  takes: string,
  told: { readonly check: Check<T>; readonly help: string; readonly variables?: readonly string[] },
): Option<T> => ({
  flag,
  takes,
  help: told.help,
  check: told.check,
  variables: [`DSAUDIT_${flag.toUpperCase().replaceAll("-", "_")}`, ...(told.variables ?? [])],
});

export type Environment = Readonly<Record<string, string | undefined>>;

export type Given = {
  /** The checked value; undefined where nothing, or something wrong, was given. */
  of<T>(option: Option<T>): T | undefined;
  /** Something was given for it, right or wrong. */
  gave(option: Option<unknown>): boolean;
  has(flag: "help" | "version"): boolean;
  /** What is wrong with what was given, each in a line. */
  readonly wrong: string[];
};

/** A flag wins over the environment, and what is empty counts as not given: that is what templates leave behind. */
export function given(
  argv: readonly string[],
  environment: Environment,
  options: readonly Option<unknown>[],
): Given {
  const { flags, wrong } = flagsOf(argv, options);
  const valueOf = ({
    flag,
    variables,
  }: Option<unknown>): readonly [name: string, value: string] => {
    const named = flags.get(flag) ?? "";
    if (named !== "") return [`--${flag}`, named];
    const variable = variables.find((one) => (environment[one] ?? "") !== "") ?? "";
    return [variable, environment[variable] ?? ""];
  };
  return {
    wrong,
    has: (flag) => flags.has(flag),
    gave: (option) => valueOf(option)[1] !== "",
    of(option) {
      const [name, value] = valueOf(option);
      if (value === "") return undefined;
      const checked = option.check(value);
      if ("is" in checked) return checked.is;
      wrong.push(`${name} ${quoted(value)}: ${checked.wrong}`);
      return undefined;
    },
  };
}

type Types = Record<string, { readonly type: "boolean" | "string"; readonly short?: string }>;
type Flags = { readonly flags: ReadonlyMap<string, string>; readonly wrong: string[] };

function flagsOf(argv: readonly string[], options: readonly Option<unknown>[]): Flags {
  const flags = new Map<string, string>();
  const wrong: string[] = [];
  const known = new Map(options.map(({ flag, takes }) => [flag, takes]));
  const types: Types = {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "V" },
  };
  for (const [flag, takes] of known) types[flag] = { type: takes === "" ? "boolean" : "string" };
  const { tokens } = parseArgs({ args: [...argv], strict: false, tokens: true, options: types });
  for (const token of tokens) {
    if (token.kind === "positional")
      wrong.push(`${quoted(token.value)} is no flag; this program takes only flags`);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    const takes = known.get(name) ?? "";
    if (!Object.hasOwn(types, name)) wrong.push(unknownFlag(rawName, Object.keys(types)));
    else if (takes !== "" && value === undefined)
      wrong.push(`--${name} needs a value: --${name} ${takes}`);
    else flags.set(name, value ?? "true");
  }
  return { flags, wrong };
}

const unknownFlag = (raw: string, known: readonly string[]): string =>
  `${quoted(raw)} is no flag.${didYouMean(raw.replace(/^-+/, ""), known).replace('"', '"--')}`;

const quoted = (text: string): string => `"${printable(text, 100)}"`;
