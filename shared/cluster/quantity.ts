/** How a quantity was written, which decides how Kubernetes writes it back. */
export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/** Exact: a whole number of nano-units, as fine as Kubernetes counts. */
export type Quantity = { readonly nano: bigint; readonly format: QuantityFormat };

/** Resource name → quantity, as objects state it. Names come from outside. */
export type ResourceList = ReadonlyMap<string, Quantity>;

/** Resource name → amount in the scheduler's unit: milli for cpu, whole units for all else, rounded up. */
export type Amounts = ReadonlyMap<string, bigint>;

export type QuantityProblem = {
  readonly ok: false;
  readonly code: "quantity.syntax" | "quantity.out_of_range" | "quantity.type";
  readonly fix: string;
};
export type ParsedQuantity = { readonly ok: true; readonly quantity: Quantity } | QuantityProblem;

const NANO = 1_000_000_000n;
/** Go truncates larger exponents to 32 bits; nothing that Kubernetes runs is beyond 10^30. */
const MAX_EXPONENT = 30;
const MAX_LENGTH = 64;
const MAX_BINARY = ((1n << 63n) - 1n) * NANO;

const DECIMAL: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const BINARY: ReadonlyMap<string, bigint> = new Map(
  ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map((suffix, i) => [suffix, BigInt(10 * (i + 1))]),
);

const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+|[A-Za-z]{0,2})$/;
const SYNTAX = 'write a number with a suffix that Kubernetes knows, such as "250m", "1.5" or "2Gi"';
const EXPONENT = "write an exponent between -30 and 30";
const TYPE = 'write a string such as "250m" or a whole number';

const refuse = (code: QuantityProblem["code"], fix: string): QuantityProblem => ({
  ok: false,
  code,
  fix,
});

/** Away from zero, since "if you want some resources, you should get some". */
function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  if (value % by === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

const tenTo = (power: number): bigint => 10n ** BigInt(power);

function scaled(digits: bigint, exponent: number): bigint {
  const shift = exponent + 9;
  return shift >= 0 ? digits * tenTo(shift) : divideUp(digits, tenTo(-shift));
}

type Suffix =
  | { readonly type: "decimal"; readonly exponent: number; readonly format: QuantityFormat }
  | { readonly type: "binary"; readonly bits: bigint };

function suffixOf(text: string): Suffix | undefined {
  const decimal = DECIMAL.get(text);
  if (decimal !== undefined) return { type: "decimal", exponent: decimal, format: "DecimalSI" };
  const bits = BINARY.get(text);
  if (bits !== undefined) return { type: "binary", bits };
  if (!/^[eE]/.test(text) || text.length < 2) return undefined;
  const exponent = Number(text.slice(1));
  return Number.isNaN(exponent)
    ? undefined
    : { type: "decimal", exponent, format: "DecimalExponent" };
}

const signed = (sign: string, nano: bigint): bigint => (sign === "-" ? -nano : nano);

/** apimachinery/pkg/api/resource/quantity.go, ParseQuantity: below one nano is rounded up, binary is capped at int64. */
function parseText(text: string): ParsedQuantity {
  const match = PATTERN.exec(text);
  const [, sign = "", whole = "", fraction = "", suffixText = ""] = match ?? [];
  const suffix = suffixOf(suffixText);
  // Upstream reads "+", "." and "m" as zero; nobody means that.
  if (!match || !suffix || whole + fraction === "") return refuse("quantity.syntax", SYNTAX);
  const digits = BigInt(whole + fraction);
  if (suffix.type === "binary") {
    const exact = divideUp((digits << suffix.bits) * NANO, tenTo(fraction.length));
    const nano = exact > MAX_BINARY ? MAX_BINARY : exact;
    const format = nano < NANO ? "DecimalSI" : "BinarySI";
    return { ok: true, quantity: { nano: signed(sign, nano), format } };
  }
  const { exponent, format } = suffix;
  if (Math.abs(exponent) > MAX_EXPONENT) return refuse("quantity.out_of_range", EXPONENT);
  const nano = signed(sign, scaled(digits, exponent - fraction.length));
  return { ok: true, quantity: { nano, format } };
}

const CACHE_LIMIT = 4096;
const cache = new Map<string, ParsedQuantity>();

/**
 * A quantity as it stands in an object: a string, or a whole JSON number. Exact; sign and zero are kept, whether a
 * negative amount makes sense is the reader's question. The same few texts occur in every pod, so answers are remembered.
 */
export function parseQuantity(input: unknown): ParsedQuantity {
  if (typeof input === "number" && Number.isInteger(input))
    return Number.isSafeInteger(input)
      ? parseQuantity(String(input))
      : refuse("quantity.out_of_range", "write so large a number as a string");
  if (typeof input !== "string") return refuse("quantity.type", TYPE);
  if (input.length > MAX_LENGTH) return refuse("quantity.syntax", SYNTAX);
  const known = cache.get(input);
  if (known) return known;
  const parsed = parseText(input);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(input, parsed);
  return parsed;
}

export const ZERO: Quantity = { nano: 0n, format: "DecimalSI" };

/** Whole units, away from zero (Quantity.Value). */
export const wholeUnits = (quantity: Quantity): bigint => divideUp(quantity.nano, NANO);
/** Thousandths, away from zero (Quantity.MilliValue). */
export const milliUnits = (quantity: Quantity): bigint => divideUp(quantity.nano, 1_000_000n);

/** The format of the left side wins, unless it is zero (Quantity.Add). */
export const addQuantity = (a: Quantity, b: Quantity): Quantity => ({
  nano: a.nano + b.nano,
  format: a.nano === 0n ? b.format : a.format,
});

export const maxQuantity = (a: Quantity, b: Quantity): Quantity => (b.nano > a.nano ? b : a);

function decimalText(nano: bigint, format: QuantityFormat): string {
  let mantissa = nano;
  let exponent = -9;
  while (mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (format === "DecimalExponent") return `${mantissa}${exponent === 0 ? "" : `e${exponent}`}`;
  const suffix = [...DECIMAL].find(([, power]) => power === exponent)?.[0];
  return suffix === undefined ? `${mantissa}e${exponent}` : `${mantissa}${suffix}`;
}

/** As Kubernetes writes it back (Quantity.CanonicalizeBytes). Beyond exa it writes no suffix at all; we write an exponent. */
export function canonical({ nano, format }: Quantity): string {
  if (nano === 0n) return "0";
  const size = nano < 0n ? -nano : nano;
  const small = size < 1024n * NANO;
  if (format !== "BinarySI" || small || nano % NANO !== 0n)
    return decimalText(nano, format === "BinarySI" ? "DecimalSI" : format);
  let mantissa = nano / NANO;
  const suffixes = ["", ...BINARY.keys()];
  let i = 0;
  while (mantissa % 1024n === 0n && i < suffixes.length - 1) {
    mantissa /= 1024n;
    i += 1;
  }
  return `${mantissa}${suffixes[i] ?? ""}`;
}

/** In the scheduler's unit: milli for cpu, whole units for all else, rounded up once. */
export const amountOf = (resource: string, quantity: Quantity): bigint =>
  resource === "cpu" ? milliUnits(quantity) : wholeUnits(quantity);

export const amountsOf = (list: ResourceList): Amounts =>
  new Map([...list].map(([resource, quantity]) => [resource, amountOf(resource, quantity)]));

const BYTES = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];
const inBytes = (resource: string): boolean =>
  resource === "memory" || resource === "ephemeral-storage" || resource.startsWith("hugepages-");

function inUnit(size: bigint, i: number): string {
  const unit = 1024n ** BigInt(i);
  const tenths = (size * 10n + unit / 2n) / unit;
  const text = tenths % 10n === 0n ? `${tenths / 10n}` : `${tenths / 10n}.${tenths % 10n}`;
  return `${text}${BYTES[i] ?? ""}`;
}

/**
 * One decimal at most: 1.5Gi, 310Mi. What would round to a whole that it is not is shown one unit finer, or a pod that lacks
 * the last MiB of 4Gi would need 4Gi of 4Gi.
 */
function bytesText(amount: bigint): string {
  const size = amount < 0n ? -amount : amount;
  let i = 0;
  while (i < BYTES.length - 1 && size >= 1024n ** BigInt(i + 1)) i += 1;
  const coarse = inUnit(size, i);
  const deceives = !coarse.includes(".") && size % 1024n ** BigInt(i) !== 0n;
  return `${amount < 0n ? "-" : ""}${deceives ? inUnit(size, i - 1) : coarse}`;
}

/** An amount in the scheduler's unit for people: cpu "250m" or "2", bytes "1.5Gi", else the number. */
export function showAmount(resource: string, amount: bigint): string {
  if (inBytes(resource)) return bytesText(amount);
  if (resource !== "cpu") return String(amount);
  return amount % 1000n === 0n ? String(amount / 1000n) : `${amount}m`;
}
