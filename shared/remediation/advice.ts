import type { RemedyCall } from "#shared/audit/remedy-call.ts";

/** A JSON value, ready to be sent or shown. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

export type Advice = {
  /** A sentence that starts with a verb; no full stop. */
  readonly summary: string;
  /** Shell lines to copy, quoted against hostile names. */
  readonly command?: string;
  /** Strategic merge patch of the object that the summary names. */
  readonly patch?: Json;
  /** What it costs: memory and cpu over all nodes, pods that it ends or displaces. */
  readonly price?: string;
  /** What it does not promise. */
  readonly limit?: string;
};

export type Action = RemedyCall["action"];
export type Calls = { readonly [A in Action]: Extract<RemedyCall, { readonly action: A }> };

/** Leaves out what is undefined, so that a report has no empty fields. */
export function advice(
  parts: {
    readonly [K in keyof Advice]: Advice[K] | undefined;
  } & { readonly summary: string },
): Advice {
  const { summary, command, patch, price, limit } = parts;
  return {
    summary,
    ...(command !== undefined && { command }),
    ...(patch !== undefined && { patch }),
    ...(price !== undefined && { price }),
    ...(limit !== undefined && { limit }),
  };
}
