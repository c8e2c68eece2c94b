/** What went wrong, by kind. A program's exit code follows from it: usage and input 2, the cluster 3. */
export type ErrorCode =
  | "usage"
  | "config.not-found"
  | "config.invalid"
  | "input.not-found"
  | "input.unreadable"
  | "input.too-large"
  | "input.no-nodes"
  | "kubeconfig.invalid"
  | "cluster.unreachable"
  | "cluster.forbidden"
  | "internal";

/** Thrown when it cannot go on. What may be expected is a value, not an error. */
export class AuditorError extends Error {
  readonly code: ErrorCode;
  /** What the reader can do about it. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AuditorError";
    this.code = code;
    this.hint = options.hint;
  }
}
