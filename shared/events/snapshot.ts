import * as z from "zod";
import { digest, hashOrNone, HEADER, name } from "./header.ts";
import { count, list, type Told } from "./shapes/field.ts";

const rowKey = z
  .string()
  .max(300)
  .regex(/^(?:Node|DaemonSet|Object)\/./)
  .describe("kind of row and UID");

/** Which rows there are, each told just before; what is not listed is gone. */
export const Snapshot = z.object({
  ...HEADER,
  id: name("name of the snapshot"),
  part: z.int().positive().describe("which part this is, from 1"),
  of: z.int().positive().describe("how many parts there are"),
  count: count("how many rows all parts list"),
  digest,
  upTo: count("rows told with a later seq are no part of it"),
  rows: list(z.tuple([rowKey, hashOrNone]), "rows of this part"),
});
export type Snapshot = Told<z.infer<typeof Snapshot>>;
