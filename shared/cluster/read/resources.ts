import { isLabelKey } from "#shared/cluster/selector.ts";
import { parseQuantity, type Quantity, type ResourceList } from "#shared/cluster/quantity.ts";
import {
  inside,
  interned,
  optionalRecord,
  problem,
  shared,
  type At,
  type Interned,
  type JsonRecord,
} from "./json.ts";

const WANTED: Interned<ResourceList> = interned();
const GIVEN: Interned<ResourceList> = interned();
export const NO_RESOURCES: ResourceList = new Map();

/** More than any node has: what asks for it never fits. */
const BEYOND: Quantity = { nano: 10n ** 48n, format: "DecimalSI" };

function quantityOf(at: At, value: unknown, wanted: boolean): Quantity | undefined {
  const parsed = parseQuantity(value);
  if (parsed.ok && parsed.quantity.nano >= 0n) return parsed.quantity;
  if (parsed.ok) {
    problem(at, { code: "quantity.negative", value, fix: "write an amount of zero or more" });
    return undefined;
  }
  problem(at, { code: parsed.code, value, fix: parsed.fix });
  // A request that nobody can meet is not the same as no request; an amount to give that nobody can believe is.
  const huge = parsed.code === "quantity.out_of_range" && !String(value).includes("-");
  return wanted && huge ? BEYOND : undefined;
}

function readEntries(at: At, found: JsonRecord, wanted: boolean): ResourceList {
  const made = new Map<string, Quantity>();
  for (const [resource, value] of Object.entries(found)) {
    const there = inside(at, resource);
    if (!isLabelKey(resource)) {
      problem(there, {
        code: "name.syntax",
        value: resource,
        fix: "a resource is named like example.com/device",
      });
      continue;
    }
    const quantity = value === null ? undefined : quantityOf(there, value, wanted);
    if (quantity) made.set(resource, quantity);
  }
  return made;
}

/** A resource list at `key`. `wanted`: requests and limits, as against what a node gives. */
export function resourcesAt(at: At, raw: JsonRecord, key: string): ResourceList {
  return read(at, raw, { key, wanted: true });
}
export function givenAt(at: At, raw: JsonRecord, key: string): ResourceList {
  return read(at, raw, { key, wanted: false });
}

function read(
  at: At,
  raw: JsonRecord,
  { key, wanted }: { key: string; wanted: boolean },
): ResourceList {
  const found = optionalRecord(at, raw, key);
  if (found === undefined) return NO_RESOURCES;
  return shared(at, wanted ? WANTED : GIVEN, {
    of: found,
    key: () => JSON.stringify(found),
    make: () => readEntries(inside(at, key), found, wanted),
  });
}

export const optionalResources = (at: At, raw: JsonRecord, key: string): ResourceList | undefined =>
  optionalRecord(at, raw, key) === undefined ? undefined : resourcesAt(at, raw, key);
