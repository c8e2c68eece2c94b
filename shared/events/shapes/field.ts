import * as z from "zod";
import { MOST_ITEMS, MOST_TEXT, OWN_MOMENT } from "./limits.ts";

const MOST_QUANTITY = 80;

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

export const text = (what: string) => z.string().max(MOST_TEXT).describe(what);
export const flag = (what: string) => z.boolean().describe(what);
export const number = (what: string) => z.number().describe(what);
/** A whole number, zero or more, that we count ourselves. */
export const count = (what: string) => z.int().nonnegative().describe(what);
export const list = <T extends z.ZodType>(item: T, what?: string) => {
  const made = z.array(item).max(MOST_ITEMS);
  return what === undefined ? made : made.describe(what);
};

export type Moment = (what: string) => z.ZodType<string>;
/** As API servers write times. */
export const moment: Moment = (what) => z.string().max(40).regex(RFC3339).describe(what);
export const ownMoment: Moment = (what) => z.literal(OWN_MOMENT).describe(what);

/** Keys come from outside; `readEvent` has refused the one that would change what a record inherits. */
export const pairs = (what: string) =>
  z.record(z.string().max(MOST_TEXT), z.string().max(MOST_TEXT)).describe(what);
export const resources = (what: string) =>
  z.record(z.string().max(MOST_TEXT), z.string().max(MOST_QUANTITY)).describe(what);

/** What a schema gives, as data that nobody changes. */
export type Told<T> = T extends string | number | boolean | undefined | null
  ? T
  : { readonly [K in keyof T]: Told<T[K]> };
