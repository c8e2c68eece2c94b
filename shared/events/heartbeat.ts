import * as z from "zod";
import { digest, HEADER, name } from "./header.ts";
import { count, list, number, type Told } from "./shapes/field.ts";

/** The forwarder lives, and this is how many rows it holds: told each minute, whether or not anything happened. */
export const Heartbeat = z.object({
  ...HEADER,
  counts: z.strictObject({
    Node: count("rows of nodes"),
    DaemonSet: count("rows of DaemonSets"),
    Object: count("rows of other objects"),
  }),
  digest,
  upTo: count(
    "counts and digest are of what was told up to this seq; without it they compare to nothing",
  ).optional(),
  kinds: list(
    z.strictObject({
      kind: name("kind of object"),
      seen: z.union([z.literal(true), name("why it is not")]).describe("true, or why it is not"),
      lastByteAgeSeconds: number("how long ago the API server last said anything of it").optional(),
    }),
  ),
  waiting: count("rows that are not told yet"),
  skewSeconds: number("how far the forwarder's clock is ahead of the API server's").optional(),
  forwarder: name("version of the forwarder"),
});
export type Heartbeat = Told<z.infer<typeof Heartbeat>>;
