import { isNamespaceName } from "#shared/cluster/name.ts";

/** A text that somebody gave, as what it means; or what is wrong with it, and what would be right. */
export type Check<T> = (given: string) => { readonly is: T } | { readonly wrong: string };

export type Listen = { readonly host: string; readonly port: number };

const matching =
  (pattern: RegExp, wrong: string): Check<string> =>
  (given) =>
    pattern.test(given) ? { is: given } : { wrong };

export const asText: Check<string> = (given) => ({ is: given });

export const asNamespace: Check<string> = (given) =>
  isNamespaceName(given)
    ? { is: given }
    : { wrong: "a namespace is of lower-case letters, digits and -, at most 63 characters" };

/** It stands in the Lease, for people. */
export const asIdentity = matching(
  /^[\w.:@/-]{1,200}$/,
  "an identity is of letters, digits and . _ - : @ /, at most 200 characters",
);

export const asBus = matching(
  /^(?:arn:[\w-]+:events:[\w-]+:\d{12}:event-bus\/)?[\w./-]{1,256}$/,
  "a bus is a name like dsaudit, or an ARN like arn:aws:events:eu-west-1:123456789012:event-bus/dsaudit",
);

export const asRegion = matching(/^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/, "a region is like eu-west-1");

export const asSource: Check<string> = (given) => {
  if (given.startsWith("aws."))
    return { wrong: "EventBridge takes no source that begins with aws.; try dsaudit/CLUSTER" };
  return /^[\w./-]{1,256}$/.test(given)
    ? { is: given }
    : { wrong: "a source is of letters, digits and . _ - /, at most 256 characters" };
};

export const asUrl: Check<string> = (given) =>
  /^https?:\/\/[^/]/.test(given) && URL.canParse(given) && new URL(given).username === ""
    ? { is: given }
    : { wrong: "an address is like https://vpce-….events.eu-west-1.vpce.amazonaws.com" };

export const asQueue: Check<string> = (given) => {
  const checked = asUrl(given);
  return "is" in checked && new URL(given).pathname.length > 1
    ? checked
    : {
        wrong:
          "a queue is named by its URL, like https://sqs.eu-west-1.amazonaws.com/123456789012/wishes",
      };
};

/** "0.0.0.0:8080", "[::]:8080", ":8080". */
export const asAddress: Check<Listen> = (given) => {
  const [, host = "", port = ""] = /^(\[[0-9a-f:.]+\]|[\w.-]*):(\d{1,5})$/i.exec(given) ?? [];
  return port !== "" && Number(port) <= 65_535
    ? { is: { host: host.replace(/[[\]]/g, "") || "0.0.0.0", port: Number(port) } }
    : { wrong: "an address is like 0.0.0.0:8080, with a port of at most 65535 (0: any free one)" };
};

const UNITS: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);
const SHORTEST = 60_000;
const LONGEST = 24 * 3_600_000;

export const asDuration: Check<number> = (given) => {
  const [, amount = "", unit = ""] = /^(\d{1,6})([smh])$/.exec(given) ?? [];
  const time = Number(amount) * (UNITS.get(unit) ?? Number.NaN);
  return time >= SHORTEST && time <= LONGEST
    ? { is: time }
    : { wrong: "a time is like 90s, 30m or 1h, from 1m to 24h" };
};

export const oneOf =
  <T extends string>(words: readonly T[]): Check<T> =>
  (given) => {
    const found = words.find((word) => word === given);
    return found === undefined ? { wrong: `it is one of: ${words.join(", ")}` } : { is: found };
  };

export const asYes: Check<boolean> = (given) => {
  if (given === "true" || given === "1") return { is: true };
  return given === "false" || given === "0" || given === ""
    ? { is: false }
    : { wrong: "it is true or false" };
};
