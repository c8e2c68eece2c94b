import type { Wrapping } from "./templates.ts";

/** Milliseconds that processes of one machine can compare, finer than Date.now(). */
export const wallClock = (): number => performance.timeOrigin + performance.now();

export const isWireWrapping = (text: string): text is Wrapping =>
  text === "ADDED" || text === "MODIFIED" || text === "DELETED";
