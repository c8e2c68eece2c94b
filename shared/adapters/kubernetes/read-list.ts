import { AuditorError } from "#shared/auditor-error.ts";
import type { NotSeen } from "#shared/cluster/cluster.ts";
import { printable } from "#shared/cluster/printable.ts";
import { redactText } from "#shared/cluster/redact-text.ts";
import type { Assembly } from "#shared/cluster/read/cluster.ts";
import { jsonStream, type ListHead } from "#shared/cluster/read/json-stream.ts";
import { isRecord } from "#shared/cluster/read/json.ts";
import type { Resource } from "#shared/cluster/read/object.ts";
import { tooMuch, type Answer } from "./api-client.ts";
import { getWithRetries, type Retrying } from "./retry.ts";

/** Larger pages cost the server and us more memory and are no faster. */
export const PAGE = 500;
/** A list whose pages expire this often is on a server too slow for it. */
const MAX_RESTARTS = 3;
const MAX_PAGE_BYTES = 64 * 1024 * 1024;
/** A server may give a few more than it was asked for; one that takes no notice is not to be trusted with our memory. */
const MAX_PAGE_ITEMS = 5000;
const MAX_MESSAGE_BYTES = 64 * 1024;

export type Listing = Retrying & {
  readonly assembly: Assembly;
  readonly onPage: (resource: Resource) => void;
};

type Page =
  | { readonly is: "page"; readonly next: string }
  | { readonly is: "expired" }
  | { readonly is: "refused"; readonly why: NotSeen["why"]; readonly detail: string };

function pathOf({ group, version, plural }: Resource, next: string): string {
  const query = new URLSearchParams({ limit: String(PAGE), ...(next ? { continue: next } : {}) });
  const api = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${api}/${plural}?${query.toString()}`;
}

/**
 * Reads all objects of a kind into the assembly, page by page; nothing of a page is kept but the projection. A kind that may not
 * be read (403), is not served (404) or fails again and again becomes "not seen" and leaves nothing behind. Throws
 * AuditorError "cluster.forbidden" when the credentials themselves are refused.
 */
export async function readList(listing: Listing, resource: Resource): Promise<void> {
  const { assembly } = listing;
  const { kind } = resource;
  const refuse = (why: NotSeen["why"], detail: string): void => {
    assembly.restart(kind);
    assembly.notSeen({ kind, why, detail });
  };
  let next = "";
  let restarts = 0;
  for (;;) {
    const page = await getWithRetries(listing, pathOf(resource, next), (answer) =>
      takePage(answer, resource, assembly),
    );
    if (page.is === "refused") return refuse(page.why, page.detail);
    if (page.is === "expired") {
      restarts += 1;
      if (restarts > MAX_RESTARTS) return refuse("failed", "its pages expired while being read");
      assembly.restart(kind);
      next = "";
      continue;
    }
    listing.onPage(resource);
    if (page.next === "") return assembly.sawList(kind);
    next = page.next;
  }
}

async function takePage(answer: Answer, resource: Resource, assembly: Assembly): Promise<Page> {
  if (answer.status === 200)
    return { is: "page", next: await takeObjects(answer, resource, assembly) };
  const detail = await messageOf(answer);
  switch (answer.status) {
    case 401:
      throw new AuditorError(
        "cluster.forbidden",
        `the cluster refuses the credentials: ${detail}`,
        {
          hint: "log in again, or choose another user or --context",
        },
      );
    case 403:
      return { is: "refused", why: "forbidden", detail };
    case 404:
      return { is: "refused", why: "not-served", detail };
    case 410:
      return { is: "expired" };
    default:
      return { is: "refused", why: "failed", detail: `${answer.status} ${detail}` };
  }
}

/** Custom resources come with their keys sorted: such a list says its kind behind its items, and each of them says its own. */
const isOf = (kind: string, json: unknown, list: ListHead): boolean =>
  list.kind === `${kind}List` || (list.kind === "" && isRecord(json) && json["kind"] === kind);

/** The continue token of the next page; "" behind the last. Throws when the answer is no whole list of the kind. */
async function takeObjects(
  answer: Answer,
  { kind }: Resource,
  assembly: Assembly,
): Promise<string> {
  let next: string | undefined;
  let broken = false;
  let items = 0;
  const stream = jsonStream({
    object(json, list) {
      items += 1;
      if (list && isOf(kind, json, list)) assembly.add(json, { kind, apiVersion: list.apiVersion });
    },
    list(head) {
      if (head.kind === `${kind}List`) next = head.continue;
    },
    broken() {
      broken = true;
    },
  });
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    if (bytes > MAX_PAGE_BYTES) throw tooMuch(`a page of ${kind} is larger than 64 MiB`);
    stream.write(chunk);
    if (items > MAX_PAGE_ITEMS) throw tooMuch(`more than 5,000 of ${kind} in a page of ${PAGE}`);
  }
  stream.end();
  if (broken || next === undefined) throw new Error(`it answered with no whole ${kind}List`);
  return next;
}

/** What the server says in its Status object. */
async function messageOf(answer: Answer): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    if (size < MAX_MESSAGE_BYTES) pieces.push(chunk);
    size += chunk.length;
  }
  const text = Buffer.concat(pieces).toString("utf8");
  try {
    const status: unknown = JSON.parse(text);
    const message = isRecord(status) ? status["message"] : undefined;
    if (typeof message === "string") return printable(redactText(message), 300);
  } catch {
    // Not a Status: its first words will do.
  }
  return printable(redactText(text.trim()), 100);
}
