import { isRecord } from "#shared/cluster/read/json.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { Delivery } from "#shared/ports.ts";
import { TookTooLong } from "./within.ts";

export type Refusal = Delivery & { readonly accepted: false };

/** Codes become metric labels: nothing else than a name gets in. */
const NAME = /^[A-Za-z][A-Za-z0-9.]{0,63}$/;
const MESSAGE = 300;

/** Refusals of one entry for its own sake (botocore, PutEventsResultEntry.ErrorCode); the others speak of all. */
const HOPELESS: ReadonlySet<string> = new Set([
  "TooLarge",
  "MalformedDetail",
  "InvalidArgument",
  "RedactionFailure",
  "NotAuthorizedForDetailTypeException",
]);

export const refusal = (code: string, message: string): Refusal => {
  const name = NAME.test(code) ? code : "Unknown";
  const refused = { accepted: false, code: name, message: printable(message, MESSAGE) } as const;
  return HOPELESS.has(name) ? { ...refused, hopeless: true } : refused;
};

/** What one entry's own answer says. */
export function deliveryOf(result: unknown): Delivery {
  const { ErrorCode: code, ErrorMessage: message, EventId: id } = isRecord(result) ? result : {};
  if (typeof code === "string" && code !== "")
    return refusal(code, typeof message === "string" ? message : "");
  if (typeof id === "string" && id !== "") return { accepted: true };
  return refusal("NoAnswer", "the answer tells neither an event id nor an error of this entry");
}

type SdkError = {
  readonly name: string;
  readonly message: string;
  /** Of the system, of TLS: ECONNREFUSED, CERT_HAS_EXPIRED … */
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
};

/** Why a whole call failed, by what the SDK threw. */
export function refusalOf(thrown: unknown): Refusal {
  const error = sdkError(thrown);
  const { code, message } = named(error, thrown);
  const refused = refusal(code, message);
  return error.retryAfter === undefined ? refused : { ...refused, retryAfter: error.retryAfter };
}

type Named = { readonly code: string; readonly message: string };

function named(error: SdkError, thrown: unknown): Named {
  const { name, message, status } = error;
  if (thrown instanceof TookTooLong) return { code: "TimedOut", message };
  if (CREDENTIALS.test(name)) return { code: "NoCredentials", message };
  if (WRONG_CLOCK.test(`${name} ${message}`)) return { code: "WrongClock", message };
  if (status === undefined) return ofConnection(error);
  if (status < 300) return { code: "Unreadable", message: `${name}: ${message}` };
  return { code: UNNAMED.test(name) ? `Http${status}` : name, message };
}

/** There was no answer. */
function ofConnection({ name, message, code }: SdkError): Named {
  // The SDK calls a cut connection a TimeoutError, too.
  if (name === "TimeoutError" && !CUT.test(code ?? "")) return { code: "TimedOut", message };
  return { code: "Unreachable", message: `${code ?? name}: ${message}` };
}

const CREDENTIALS = /^(CredentialsProviderError|TokenProviderError|ProviderError)$/;
/** Not by the SDK's clockSkewCorrected: with a clock that is off it stands on every error, a throttle too. */
const WRONG_CLOCK =
  /^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)\b|Signature (expired|not yet current)/;
const CUT = /^(ECONNRESET|EPIPE)$/;
/** What the SDK calls an error that has no name of its own. */
const UNNAMED =
  /^(Unknown.*|Error|SyntaxError|TypeError|EventBridgeServiceException|SQSServiceException)$/;

function sdkError(thrown: unknown): SdkError {
  const error: Record<string, unknown> = isRecord(thrown) ? thrown : {};
  const text = (field: string): string => {
    const value = error[field];
    return typeof value === "string" ? value : "";
  };
  const metadata = isRecord(error["$metadata"]) ? error["$metadata"] : {};
  const response = isRecord(error["$response"]) ? error["$response"] : {};
  const status = metadata["httpStatusCode"];
  return {
    name: text("name"),
    message: text("message"),
    code: text("code") === "" ? undefined : text("code"),
    status: typeof status === "number" ? status : undefined,
    retryAfter: retryAfter(response["headers"]),
  };
}

const LONGEST_WAIT = 60_000;

function retryAfter(headers: unknown): number | undefined {
  const text = isRecord(headers) ? headers["retry-after"] : undefined;
  return typeof text === "string" && /^\d{1,9}$/.test(text)
    ? Math.min(Number(text) * 1000, LONGEST_WAIT)
    : undefined;
}
