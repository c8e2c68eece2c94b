/** How a quantity was written, which decides how Kubernetes writes it back. */
export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/** Exact: a whole number of nano-units, as fine as Kubernetes counts. */
export type Quantity = { readonly nano: bigint; readonly format: QuantityFormat };

/** Resource name → quantity, as objects state it. Names come from outside. */
export type ResourceList = ReadonlyMap<string, Quantity>;

/** Resource name → amount in the scheduler's unit: milli for cpu, whole units for all else, rounded up. */
export type Amounts = ReadonlyMap<string, bigint>;
