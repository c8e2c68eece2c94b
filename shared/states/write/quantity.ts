import {
  canonical,
  parseQuantity,
  type Quantity,
  type ResourceList,
} from "#shared/cluster/quantity.ts";

const SUFFIXES: readonly (readonly [exponent: number, suffix: string])[] = [
  [18, "E"],
  [15, "P"],
  [12, "T"],
  [9, "G"],
  [6, "M"],
  [3, "k"],
  [0, ""],
  [-3, "m"],
  [-6, "u"],
  [-9, "n"],
];

/** How many noughts the number ends with. */
function noughts(value: bigint): number {
  let count = 0;
  for (let rest = value; rest !== 0n && rest % 10n === 0n; rest /= 10n) count += 1;
  return count;
}

function decimal(nano: bigint): string {
  const power = noughts(nano) - 9;
  const [exponent, suffix] = SUFFIXES.find(([one]) => one <= power) ?? [-9, "n"];
  return `${nano / 10n ** BigInt(exponent + 9)}${suffix}`;
}

/** An exponent of its own says how the number was written; beyond 30 none is read. */
function exponential(nano: bigint): string {
  const exponent = Math.min(noughts(nano) - 9, 30);
  return nano === 0n ? "0e0" : `${nano / 10n ** BigInt(exponent + 9)}e${exponent}`;
}

/** 1 nano is 5^10 / 10^19 Ki, exactly. */
function binary(nano: bigint): string {
  const scale = 10n ** 19n;
  const digits = nano * 5n ** 10n;
  const fraction = String(digits % scale)
    .padStart(19, "0")
    .replace(/0+$/, "");
  return `${digits / scale}${fraction === "" ? "" : `.${fraction}`}Ki`;
}

const WRITERS = { DecimalSI: decimal, DecimalExponent: exponential, BinarySI: binary };

const isRead = (text: string, { nano, format }: Quantity): boolean => {
  const parsed = parseQuantity(text);
  return parsed.ok && parsed.quantity.nano === nano && parsed.quantity.format === format;
};

const MOST = 4096;
const known = new Map<Quantity, string>();

/**
 * Text that is read as this quantity in this format. Kubernetes' own way comes first, but it forgets the format of what it
 * writes without a suffix: 1025.5Ki becomes 1050112, which nobody would have written in binary.
 */
export function writeQuantity(quantity: Quantity): string {
  const before = known.get(quantity);
  if (before !== undefined) return before;
  const usual = canonical(quantity);
  const text = isRead(usual, quantity) ? usual : WRITERS[quantity.format](quantity.nano);
  if (known.size >= MOST) known.clear();
  known.set(quantity, text);
  return text;
}

export type ResourceShape = Readonly<Record<string, string>>;

export const writeResources = (list: ResourceList): ResourceShape =>
  Object.fromEntries([...list].map(([name, quantity]) => [name, writeQuantity(quantity)]));

export const writeSomeResources = (list: ResourceList): ResourceShape | undefined =>
  list.size === 0 ? undefined : writeResources(list);

/** Nothing at all is not the same as an empty list. */
export const writeOptionalResources = (list: ResourceList | undefined): ResourceShape | undefined =>
  list === undefined ? undefined : writeResources(list);
