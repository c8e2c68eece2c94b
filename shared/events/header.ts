import * as z from "zod";
import { count } from "./shapes/field.ts";

/** The only version there is; a reader refuses all others. */
export const VERSION = 1;

const MOST_NAME = 253;
export const name = (what: string) => z.string().max(MOST_NAME).describe(what);
export const uid = (what: string) => z.string().min(1).max(MOST_NAME).describe(what);

const OF_ROW = "over everything that the row says; empty where it is gone, or unsure";
export const hash = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .describe(OF_ROW);
/** Of a row that is deleted, or whose last telling is unsure, there is none. */
export const hashOrNone = z
  .string()
  .regex(/^(?:[0-9a-f]{16})?$/)
  .describe(OF_ROW);

export const digest = z
  .string()
  .regex(/^[0-9a-f]{16,64}$/)
  .describe("over the hashes of all rows, in any order");

/** What every event begins with. Fields that a later forwarder adds beside these are passed over and counted. */
export const HEADER = {
  version: z.literal(VERSION).describe("version of the event's shape"),
  cluster: uid("UID of the namespace kube-system: who the cluster is"),
  epoch: z
    .strictObject({
      createdAt: count("when the forwarder's Lease was made, in ms since 1970"),
      transitions: count("how often the Lease changed hands"),
    })
    .describe("which forwarder speaks"),
  seq: z.int().positive().describe("number of the event in its epoch, from 1"),
  sentAt: count("when it was sent, in ms since 1970"),
};
