import type { Answer } from "#shared/adapters/kubernetes/api-client.ts";
import type { NotSeen } from "#shared/cluster/cluster.ts";
import type { ListReason } from "./change.ts";
import type { Limits } from "./limits.ts";

/** How a list or a watch ended, and what has to follow. */
export type Outcome =
  /** Go on with a watch from the version that was reached. */
  | { readonly next: "watch"; readonly wait: "none" | "back-off"; readonly atLeast?: number }
  /** Read everything again. */
  | {
      readonly next: "list";
      readonly why: ListReason;
      readonly wait: "none" | "back-off" | "expired" | "refused";
      readonly atLeast?: number;
    };

type Relist = Outcome & { readonly next: "list" };
export const relist = (why: ListReason, wait: Relist["wait"] = "back-off"): Outcome => ({
  next: "list",
  why,
  wait,
});

/** An answer other than 200. `seen`: what the kind is from now on. */
export type Refusal = {
  readonly outcome: Outcome;
  readonly seen?: Exclude<NotSeen["why"], "absent" | "partial">;
};

export type Asking = "pages" | "watch-list" | "watch";

/** The same once more. */
export const again = (asking: Asking, atLeast = 0): Refusal => ({
  outcome:
    asking === "watch"
      ? { next: "watch", wait: "back-off", atLeast }
      : { next: "list", why: "failed", wait: "back-off", atLeast },
});

/** A server whose clock of versions is behind ours says so with 504 and this cause. */
const TOO_LARGE = /ResourceVersionTooLarge|Too large resource version/;

/** What an answer that is no 200 asks of us. `words`: what the server says. */
export function refusalOf(
  { status, headers }: Answer,
  asked: { readonly asking: Asking; readonly words: string; readonly limits: Limits },
): Refusal {
  const { asking, words, limits } = asked;
  switch (status) {
    case 403:
      return { outcome: relist("not-seen", "refused"), seen: "forbidden" };
    case 404:
      return { outcome: relist("not-seen", "refused"), seen: "not-served" };
    case 410:
      return { outcome: relist("expired", "expired") };
    case 400:
    case 422:
      // Whoever does not know how to list inside a watch says that the parameters are invalid.
      if (asking === "watch-list") return { outcome: relist("no-watch-list", "none") };
      return { outcome: relist("failed") };
    case 504:
      if (TOO_LARGE.test(words)) return { outcome: relist("failed") };
      return again(asking);
    default:
      return again(asking, retryAfter(headers["retry-after"], limits.retryAfter));
  }
}

const retryAfter = (text: string | undefined, most: number): number =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Math.min(Number(text) * 1000, most) : 0;
