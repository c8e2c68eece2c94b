import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  addQuantity,
  amountOf,
  amountsOf,
  canonical,
  maxQuantity,
  milliUnits,
  parseQuantity,
  showAmount,
  wholeUnits,
  ZERO,
  type Quantity,
} from "#shared/cluster/quantity.ts";

function quantity(text: unknown): Quantity {
  const parsed = parseQuantity(text);
  if (!parsed.ok) throw new Error(`"${String(text)}" is refused: ${parsed.code}`);
  return parsed.quantity;
}

// apimachinery/pkg/api/resource: canonical form, Value(), MilliValue()
test.each([
  ["1.5", "1500m", 2n, 1500n],
  ["-1.5", "-1500m", -2n, -1500n],
  ["0.1m", "100u", 1n, 1n],
  ["0.5n", "1n", 1n, 1n],
  ["1.1Gi", "1181116006400m", 1_181_116_007n, 1_181_116_006_400n],
  ["0.5Ki", "512", 512n, 512_000n],
  ["0.1Ki", "102400m", 103n, 102_400n],
  ["1024Ki", "1Mi", 1n << 20n, (1n << 20n) * 1000n],
  ["1000", "1k", 1000n, 1_000_000n],
  ["128974848000m", "128974848", 128_974_848n, 128_974_848_000n],
  ["1e3", "1e3", 1000n, 1_000_000n],
  ["129e6", "129e6", 129_000_000n, 129_000_000_000n],
  ["5e-1", "500e-3", 1n, 500n],
  ["1023Ki", "1023Ki", 1_047_552n, 1_047_552_000n],
  ["512.5Mi", "524800Ki", 537_395_200n, 537_395_200_000n],
  ["0", "0", 0n, 0n],
] as const)("%s is %s, in whole and in thousandth units away from zero", (text, ...says) => {
  const read = quantity(text);
  expect([canonical(read), wholeUnits(read), milliUnits(read)]).toEqual(says);
});

test.each([
  ["1E", "1E", 10n ** 18n],
  ["1Ei", "1Ei", 1n << 60n],
  // A binary amount is capped at int64, a decimal one is not; upstream's Value() then wraps to 0, ours does not.
  ["16Ei", "9223372036854775807", (1n << 63n) - 1n],
  ["10E", "10E", 10n ** 19n],
  ["1e19", "10e18", 10n ** 19n],
] as const)("%s, near the end of int64, is exact: %s", (text, written, whole) => {
  const read = quantity(text);
  expect([canonical(read), wholeUnits(read)]).toEqual([written, whole]);
});

test.each([
  ["an exponent", "1e3", 1000n],
  ["a capital exponent", "1E3", 1000n],
  ["E alone is exa, not an exponent", "1E", 10n ** 18n],
  ["an exponent of two digits' number", "12e6", 12_000_000n],
  ["a point at the end", "5.", 5n],
  ["a point at the start", ".5k", 500n],
  ["leading zeros", "007", 7n],
  ["a plus sign", "+1", 1n],
  ["zero", "0", 0n],
  ["minus zero", "-0", 0n],
  ["a whole JSON number", 3, 3n],
  ["minus one parses; whether it makes sense is asked elsewhere", "-1", -1n],
] as const)("accepted: %s", (_what, text, whole) => {
  expect(wholeUnits(quantity(text))).toBe(whole);
});

test.each([
  ["an empty text", ""],
  ["digits of another script", "١٢"],
  ["full-width digits", "１２"],
  ["a space before", " 1"],
  ["a space behind", "1Gi "],
  ["a space inside", "1 Gi"],
  ["a line end", "1Gi\n"],
  ["a capital kilo", "1K"],
  ["a binary suffix in capitals", "1GI"],
  ["a binary suffix in small letters", "1gi"],
  ["a small mebi", "1mi"],
  ["letters of a byte", "1KiB"],
  ["a byte", "1B"],
  ["zebi", "1Zi"],
  ["two points beside each other", "1..5"],
  ["two points", "1.1.1Gi"],
  ["a comma", "1,5"],
  ["an underscore", "1_000"],
  ["hexadecimal", "0x10"],
  ["not a number", "NaN"],
  ["infinity", "Infinity"],
  ["an empty exponent", "1e"],
  ["an exponent of a sign", "1e+"],
  ["an exponent with a suffix", "1e3Ki"],
  ["two signs", "--1"],
  ["a sign alone, which upstream takes for 0", "+"],
  ["a point alone, which upstream takes for 0", "."],
  ["a suffix alone, which upstream takes for 0", "m"],
  ["a null byte", "1\u0000Gi"],
  ["a text of a thousand digits", "1".repeat(1000)],
] as const)("refused for its syntax: %s", (_what, text) => {
  expect(parseQuantity(text)).toMatchObject({ ok: false, code: "quantity.syntax" });
});

test.each([
  ["10^999", "1e999"],
  ["an exponent beyond 32 bits, which Go truncates", "1e4294967296"],
  ["10^-999", "1e-999"],
  ["a JSON number that lost its last digits", 2 ** 60],
] as const)("refused as out of range: %s", (_what, input) => {
  expect(parseQuantity(input)).toMatchObject({ ok: false, code: "quantity.out_of_range" });
});

test.each([
  ["a number with a fraction", 1.5],
  ["a boolean", true],
  ["a list", ["1Gi"]],
  ["an object", { toString: () => "1" }],
  ["nothing", null],
  ["NaN", Number.NaN],
] as const)("refused for its type: %s", (_what, input) => {
  expect(parseQuantity(input)).toMatchObject({ ok: false, code: "quantity.type" });
});

test("a refused text costs no time, whatever its exponent", () => {
  const started = performance.now();
  for (let i = 0; i < 1000; i += 1) parseQuantity(`1e999${i}`);
  expect(performance.now() - started).toBeLessThan(500);
});

test("more different texts than are remembered are still read right", () => {
  for (let i = 0; i < 5000; i += 1) expect(wholeUnits(quantity(`${i}.0`))).toBe(BigInt(i));
  expect(wholeUnits(quantity("1.0"))).toBe(1n);
});

test("a sum has the format of its left side, unless that is zero", () => {
  const sum = addQuantity(quantity("1Gi"), quantity("1G"));
  expect([sum.nano / 1_000_000_000n, sum.format]).toEqual([2_073_741_824n, "BinarySI"]);
  expect(canonical(addQuantity(ZERO, quantity("1024Mi")))).toBe("1Gi");
});

test("the larger of two equal ones is the left one, as written", () => {
  expect(maxQuantity(quantity("1Ki"), quantity("1024")).format).toBe("BinarySI");
  expect(maxQuantity(quantity("1"), quantity("2"))).toEqual(quantity("2"));
});

test("the scheduler counts cpu in thousandths and all else in whole units, rounded up", () => {
  expect(amountOf("cpu", quantity("0.1m"))).toBe(1n);
  expect(amountOf("memory", quantity("1500m"))).toBe(2n);
  expect(
    amountsOf(
      new Map([
        ["cpu", quantity("1")],
        ["example.com/device", quantity("2")],
      ]),
    ),
  ).toEqual(
    new Map([
      ["cpu", 1000n],
      ["example.com/device", 2n],
    ]),
  );
});

test.each([
  ["cpu", 250n, "250m"],
  ["cpu", 2000n, "2"],
  ["cpu", 1500n, "1500m"],
  ["cpu", -250n, "-250m"],
  ["memory", 0n, "0"],
  ["memory", 1023n, "1023"],
  ["memory", 3n << 29n, "1.5Gi"],
  ["memory", 310n << 20n, "310Mi"],
  ["memory", -(1n << 30n), "-1Gi"],
  // 4Gi and 1Mi would round to 4Gi
  ["memory", (4n << 30n) + (1n << 20n), "4097Mi"],
  ["memory", (1n << 30n) - 1n, "1048576Ki"],
  ["hugepages-2Mi", 4n << 20n, "4Mi"],
  ["ephemeral-storage", 5n << 50n, "5Pi"],
  ["nvidia.com/gpu", 8n, "8"],
  ["pods", 110n, "110"],
] as const)("people read %s %s as %s", (resource, amount, text) => {
  expect(showAmount(resource, amount)).toBe(text);
});

const FORMATS = ["DecimalSI", "BinarySI", "DecimalExponent"] as const;
const EXA = 10n ** 27n;
const anyQuantity = fc.record({
  nano: fc.oneof(
    fc.bigInt({ min: -EXA, max: EXA }),
    fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }).map((units) => units * 1_000_000_000n),
    fc.bigInt({ min: 0n, max: 1n << 20n }).map((units) => (units << 20n) * 1_000_000_000n),
  ),
  format: fc.constantFrom(...FORMATS),
});

/** A text tells its format only by its suffix; one without is decimal (suffix.go, interpret). */
function toldFormat(text: string): Quantity["format"] {
  if (text.endsWith("i")) return "BinarySI";
  return /e-?\d+$/.test(text) ? "DecimalExponent" : "DecimalSI";
}

test("what is written can be read back, and is written the same again", () => {
  fc.assert(
    fc.property(anyQuantity, (written) => {
      const text = canonical(written);
      const told = toldFormat(text);
      const read = quantity(text);

      expect(read).toEqual({ nano: written.nano, format: told });
      // A binary amount that no binary suffix divides is written without one: read again, nothing tells that it was binary.
      const lost = written.format === "BinarySI" && told === "DecimalSI";
      const again = lost ? canonical({ nano: written.nano, format: "DecimalSI" }) : text;
      expect(canonical(read)).toBe(again);
      expect(canonical(quantity(again))).toBe(again);
    }),
    { numRuns: 1000 },
  );
});

// quantity.go, CanonicalizeBytes: the suffix is as large as divides the amount, in the format that the quantity has
test.each([
  [15_625_000n, "BinarySI", "15625000", "15625k"],
  [-15_625_000n, "BinarySI", "-15625000", "-15625k"],
  [15_625_000n, "DecimalSI", "15625k", "15625k"],
  [15_625_000n, "DecimalExponent", "15625e3", "15625e3"],
  [1000n, "BinarySI", "1k", "1k"],
  [1024n, "BinarySI", "1Ki", "1Ki"],
  [2000n << 10n, "BinarySI", "2000Ki", "2000Ki"],
  [25n, "DecimalExponent", "25", "25"],
] as const)("%s in %s is written %s, and read again %s", (units, format, text, again) => {
  expect(canonical({ nano: units * 1_000_000_000n, format })).toBe(text);
  expect(canonical(quantity(text))).toBe(again);
});

test("units keep the order and never understate", () => {
  fc.assert(
    fc.property(anyQuantity, anyQuantity, (a, b) => {
      const [small, large] = a.nano <= b.nano ? [a, b] : [b, a];

      expect(wholeUnits(small)).toBeLessThanOrEqual(wholeUnits(large));
      expect(milliUnits(small)).toBeLessThanOrEqual(milliUnits(large));
      const size = (nano: bigint): bigint => (nano < 0n ? -nano : nano);
      expect(size(wholeUnits(a)) * 1_000_000_000n).toBeGreaterThanOrEqual(size(a.nano));
      expect(size(milliUnits(a)) * 1_000_000n).toBeGreaterThanOrEqual(size(a.nano));
    }),
  );
});

const POWERS = [
  ["n", 10n, -9],
  ["u", 10n, -6],
  ["m", 10n, -3],
  ["", 10n, 0],
  ["k", 10n, 3],
  ["M", 10n, 6],
  ["G", 10n, 9],
  ["Ki", 2n, 10],
  ["Mi", 2n, 20],
  ["Gi", 2n, 30],
  ["e3", 10n, 3],
  ["E-3", 10n, -3],
] as const;

test("a number with a suffix is exactly that many times its unit", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat({ max: 999 }),
      fc.constantFrom(...POWERS),
      (whole, thousandths, [suffix, base, power]) => {
        const text = `${whole}.${String(thousandths).padStart(3, "0")}${suffix}`;
        const times = power < 0 ? 1n : base ** BigInt(power);
        const by = power < 0 ? base ** BigInt(-power) : 1n;
        const exact = BigInt(whole * 1000 + thousandths) * 1_000_000n * times;

        expect(quantity(text).nano).toBe((exact + by - 1n) / by);
      },
    ),
  );
});

test("no text and no value makes it throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.anything()), (input) => {
      const parsed = parseQuantity(input);
      expect(parsed.ok ? typeof parsed.quantity.nano : parsed.fix).not.toBe("");
    }),
  );
});
