import { createHash } from "node:crypto";
import { AT } from "./description.ts";

/** The demo's objects as the API server would serve them, as far as anybody reads them. */
export type KubernetesObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
};

const MINUTE = 60_000;
export const before = (minutes: number): string =>
  new Date(AT - minutes * MINUTE).toISOString().replace(".000Z", "Z");
export const LONG = 60 * 24 * 40;

export const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
/** The same name has the same UID in every run. */
export const uidOf = (text: string): string => {
  const hex = digest(text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
const LETTERS = "bcdfghjklmnpqrstvwxz2456789";
/** As the controllers name pods: no vowels. */
export const suffix = (text: string, length: number): string =>
  Array.from(
    digest(text)
      .slice(0, length * 2)
      .match(/../g) ?? [],
  )
    .map((pair) => LETTERS[Number.parseInt(pair, 16) % LETTERS.length] ?? "x")
    .join("");
