// Without zod, so that who writes events need not carry it.

/** In characters. Whoever writes an event cuts what is longer. */
export const MOST_TEXT = 65_536;
/** No more texts of one letter have room in an event, so that no list of an object is refused for its length. */
export const MOST_ITEMS = 300_000;

/** Stands in a class where each of its pods has a moment of its own. */
export const OWN_MOMENT = "@";
