import * as z from "zod";
import type { Grace } from "#shared/audit/policy.ts";

/** What a team may write into `.dsaudit.yaml`. Every text here ends the sentence "FIELD …, not VALUE". */

const UNITS: ReadonlyMap<string, number> = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3600],
  ["d", 86_400],
]);
const DURATION = /^(?:\d{1,6}[smhd])+$/;
const LONGEST = 365 * 86_400;

const TIME = 'must be a time such as "90s", "5m" or "1h30m", or a whole number of seconds';

/** A number in quotes is refused: seconds of what? */
const duration = z
  .union([z.int().min(0, TIME), z.string().regex(DURATION).transform(seconds)], { error: TIME })
  .refine((value) => value <= LONGEST, "must be at most 365d");

function seconds(text: string): number {
  let sum = 0;
  for (const [, digits = "", unit = ""] of text.matchAll(/(\d+)([smhd])/g)) {
    sum += Number(digits) * (UNITS.get(unit) ?? 0);
  }
  return sum;
}

/** Names with * for any run of characters. No regular expressions: they are too easily wrong, or too slow. */
const glob = z
  .string({ error: "must be a name, in which * stands for any characters" })
  .regex(/^[\w.*/-]{1,512}$/, "must be a name, in which only * is special (no regular expression)");

const severity = z.enum(["info", "warning", "critical"], {
  error: "must be info, warning or critical",
});
const role = z.enum(
  ["cni", "csi", "kube-proxy", "dns", "device", "logs", "monitoring", "security", "other"],
  {
    error: "must be cni, csi, kube-proxy, dns, device, logs, monitoring, security or other",
  },
);
const reason = z
  .string({ error: "must say why, in words" })
  .trim()
  .min(3, "must say why, in words")
  .max(500, "must be at most 500 characters");

const until = z
  .string({ error: "must be a date such as 2027-03-31, or never" })
  .refine(
    (text) => text === "never" || (/^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/.test(text) && isDate(text)),
    "must be a date such as 2027-03-31, or never",
  )
  .transform((text) => (text === "never" ? undefined : Date.parse(text)));

/** Date.parse takes 2027-02-31 for the 3rd of March. */
const isDate = (text: string): boolean => {
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text.slice(0, 10));
};

const LIST = { error: "must be a list" };
const MAP = { error: "must be a map of names to values" };
const time = duration.optional();
/** As many fields as the policy has, by compiler. */
const grace = {
  nodeStart: time,
  windowsNodeStart: time,
  podStart: time,
  nodeNotReady: time,
  nodeNeverReady: time,
  leaving: time,
  startupTaint: time,
  rolloutStuck: time,
  terminating: time,
  steadyMisplaced: time,
} as const satisfies Record<keyof Grace, typeof time>;

export const ConfigFile = z.strictObject(
  {
    version: z.literal(1, { error: "must be 1" }).optional(),
    failOn: severity.optional(),
    severities: z.record(z.string(), severity, MAP).optional(),
    roles: z.array(z.strictObject({ daemonSet: glob, role }, MAP), LIST).optional(),
    ignore: z
      .array(
        z.strictObject(
          {
            cause: glob.optional(),
            daemonSet: glob.optional(),
            node: glob.optional(),
            reason,
            until,
          },
          MAP,
        ),
        LIST,
      )
      .optional(),
    grace: z.strictObject(grace, MAP).optional(),
    mustCover: z.array(z.strictObject({ daemonSet: glob, nodes: glob }, MAP), LIST).optional(),
    startupTaints: z.array(glob, LIST).optional(),
    leavingTaints: z.array(glob, LIST).optional(),
  },
  MAP,
);
export type ConfigFile = z.infer<typeof ConfigFile>;
