import * as z from "zod";

/** Where a value is not as its schema says, and what is wrong there. */
export type Trouble = { readonly path: readonly PropertyKey[]; readonly message: string };

const at = (step: PropertyKey, trouble: Trouble | undefined): Trouble | undefined =>
  trouble && { ...trouble, path: [step, ...trouble.path] };

type JsonRecord = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isSchema = (value: unknown): value is z.ZodType => value instanceof z.ZodType;

/**
 * The first trouble, and no look at the rest. Zod itself collects every issue: a list of 290,000 empty objects in the place of
 * rows, which is no more than 1 MiB, costs it 12 seconds and half a gigabyte. What passes here is still parsed by the schema.
 */
export function firstTrouble(schema: unknown, value: unknown): Trouble | undefined {
  if (!isSchema(schema)) return undefined;
  if (schema instanceof z.ZodOptional)
    return value === undefined ? undefined : firstTrouble(schema.unwrap(), value);
  if (schema instanceof z.ZodUnion) return inUnion(schema.options, value);
  if (isRecord(value)) {
    if (schema instanceof z.ZodObject) return inObject(schema, value);
    if (schema instanceof z.ZodRecord) return inRecord(schema, value);
  }
  return schema instanceof z.ZodArray && Array.isArray(value)
    ? inList(schema.element, value)
    : inLeaf(schema, value);
}

function inLeaf(schema: z.ZodType, value: unknown): Trouble | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? undefined : parsed.error.issues[0];
}

function inList(element: unknown, values: readonly unknown[]): Trouble | undefined {
  for (const [index, value] of values.entries()) {
    const trouble = firstTrouble(element, value);
    if (trouble) return at(index, trouble);
  }
  return undefined;
}

function inRecord({ keyType, valueType }: z.ZodRecord, value: JsonRecord): Trouble | undefined {
  for (const [key, one] of Object.entries(value)) {
    const trouble = firstTrouble(keyType, key) ?? firstTrouble(valueType, one);
    if (trouble) return at(key, trouble);
  }
  return undefined;
}

function inObject({ shape, def }: z.ZodObject, value: JsonRecord): Trouble | undefined {
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(shape, key)) {
      const trouble = firstTrouble(shape[key], value[key]);
      if (trouble) return at(key, trouble);
    } else if (def.catchall) return { path: [key], message: "no such field is known here" };
  }
  for (const [key, schema] of Object.entries(shape)) {
    const trouble = Object.hasOwn(value, key) ? undefined : firstTrouble(schema, undefined);
    if (trouble) return at(key, trouble);
  }
  return undefined;
}

/** Of a choice, the branch that came farthest tells what is wrong. */
function inUnion(options: readonly unknown[], value: unknown): Trouble | undefined {
  let farthest: Trouble | undefined;
  for (const option of options) {
    const trouble = firstTrouble(option, value);
    if (!trouble) return undefined;
    if (!farthest || trouble.path.length >= farthest.path.length) farthest = trouble;
  }
  return farthest;
}
