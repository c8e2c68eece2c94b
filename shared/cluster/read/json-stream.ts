import { append, emptyWindow, type ByteWindow } from "./byte-window.ts";
import { cutObject, newCutter, type Cutter } from "./cut-object.ts";
import { CUT_RULES } from "./cut-rules.ts";
import { BROKEN, endOfString, endOfValue, MORE, skipSpace } from "./json-bytes.ts";
import { isRecord } from "./json.ts";

/** What a list says of its items; "" until it was said. */
export type ListHead = {
  readonly kind: string;
  readonly apiVersion: string;
  /** metadata.continue: not empty when this is one page of more. */
  readonly continue: string;
  /** metadata.resourceVersion, when there is one: of what moment the list is. */
  readonly resourceVersion?: string;
  /** Objects as kubectl of 1.9 and older dumped them, in Kubernetes' inner form: "Items" and no kind. */
  readonly internal: boolean;
};
export const NO_LIST: ListHead = { kind: "", apiVersion: "", continue: "", internal: false };

export type StreamSink = {
  /** One object, without what the cut rules name. `list`: the list that it stood in, or undefined when alone. */
  object(json: unknown, list: ListHead | undefined): void;
  /** A list has ended, empty or not. */
  list(head: ListHead): void;
  /** No JSON could be made of what begins at this offset; reading went on behind it. `list`: it stood in one. */
  broken(what: "syntax" | "cut-off", offset: number, list: ListHead | undefined): void;
};

export type JsonStream = {
  /** The chunk must stay as it is until the next call. */
  write(chunk: Uint8Array): void;
  /** No more will come. */
  end(): void;
};

/** What is not whole by then is no object: the API server stores at most some megabytes. */
const MAX_OBJECT = 64 * 1024 * 1024;
/** Each unfinished document costs a look at all that follows it; text that is full of them is no dump. */
const MAX_UNFINISHED = 64;

const [BRACE, BRACE_END, BRACKET, BRACKET_END] = [0x7b, 0x7d, 0x5b, 0x5d] as const;
const [COMMA, COLON, LINE_END, QUOTE, N] = [0x2c, 0x3a, 0x0a, 0x22, 0x6e] as const;
/** What may stand in front of a document and means nothing: the mark of UTF-8, closing brackets that are left over. */
const STRAY: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf, BRACE_END, BRACKET_END, COMMA]);

type State =
  /** Between documents. `fresh`: at the begin of a line or right behind a document, where one may begin. */
  | { at: "between"; fresh: boolean }
  /** In an object that is not known to be a list, or behind the items of one: kept in the window until it ends. */
  | { at: "pairs"; next: number; list: ListHead | undefined; nameless: readonly unknown[] }
  /** In "items", or in an array that stands alone. `nameless`: items that wait for the list to say its kind. */
  | { at: "items"; alone: boolean; list: ListHead; nameless: unknown[] };

const decoder = new TextDecoder();

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const textIn = (value: unknown, key: string): string => {
  const found = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === "string" ? found : "";
};

/** The list's own words, from the pairs before or behind its items. */
function headOf(pairs: string, known: ListHead): ListHead {
  const found = parse(`{${pairs.replace(/^[\s,]+|[\s,]+$/g, "")}}`);
  if (!isRecord(found)) return known;
  const version = textIn(found["metadata"], "resourceVersion") || (known.resourceVersion ?? "");
  return {
    kind: textIn(found, "kind") || known.kind,
    apiVersion: textIn(found, "apiVersion") || known.apiVersion,
    continue: textIn(found["metadata"], "continue") || known.continue,
    internal: known.internal,
    ...(version === "" ? {} : { resourceVersion: version }),
  };
}

/** All that a reading has in hand. */
type Run = {
  readonly sink: StreamSink;
  readonly window: ByteWindow;
  readonly room: { bytes: Uint8Array };
  readonly cutter: Cutter;
  state: State;
  ended: boolean;
  unfinished: number;
  /** No new look before so many bytes are there: an object in many small pieces stays linear. */
  enough: number;
};

/**
 * Reads JSON documents that follow one another, in pieces of any size: objects, Lists, typed lists, arrays of objects; what
 * stands between them (logs, headings, a stray brace) is passed over. Of a list each item is cut out and parsed by itself,
 * so memory is that of one item, and time is linear in the bytes.
 */
export function jsonStream(sink: StreamSink): JsonStream {
  const run: Run = {
    sink,
    window: emptyWindow(),
    room: { bytes: new Uint8Array(0) },
    cutter: newCutter(CUT_RULES),
    state: { at: "between", fresh: true },
    ended: false,
    unfinished: 0,
    enough: 0,
  };
  return {
    write(chunk) {
      const used = run.window.from;
      append(run.window, chunk, run.room);
      // The window was moved so that it begins with what is left.
      if (run.state.at === "pairs") run.state.next -= used;
      if (run.window.end >= run.enough) while (step(run));
    },
    end() {
      run.ended = true;
      while (step(run));
    },
  };
}

/** Goes on by one document, pair or item; false: nothing more can be told from the bytes that are there. */
function step(run: Run): boolean {
  run.enough = 0;
  switch (run.state.at) {
    case "between":
      return junkOrDocument(run, run.state.fresh);
    case "pairs":
      return pair(run, run.state);
    case "items":
      return item(run, run.state);
  }
}

function between(run: Run, from: number, fresh: boolean): true {
  run.window.from = from;
  run.state = { at: "between", fresh };
  return true;
}

/** Not all is there that a decision needs. */
function more(run: Run): boolean {
  const have = run.window.end - run.window.from;
  if (run.ended) {
    run.unfinished += 1;
    return fail(run, "cut-off");
  }
  if (have > MAX_OBJECT) return fail(run, "syntax");
  run.enough = have + (have >> 1) + 1;
  return false;
}

function fail(run: Run, what: "syntax" | "cut-off"): true {
  const { state, window } = run;
  const list = listOf(state);
  if (state.at !== "between") giveNames(run, state.nameless, list);
  run.sink.broken(what, window.before + window.from, list);
  const next = run.unfinished > MAX_UNFINISHED ? window.end : window.from + 1;
  return between(run, Math.min(next, window.end), true);
}

const listOf = (state: State): ListHead | undefined =>
  state.at === "between" ? undefined : state.list;

function giveNames(run: Run, nameless: readonly unknown[], list: ListHead | undefined): void {
  for (const json of nameless) run.sink.object(json, list);
}

function junkOrDocument(run: Run, fresh: boolean): boolean {
  const { bytes, from, end } = run.window;
  const at = fresh ? skipSpace(bytes, from, end) : from;
  run.window.from = at;
  if (at >= end) return false;
  const byte = bytes[at] ?? 0;
  if (fresh && STRAY.has(byte)) return between(run, at + 1, true);
  if (fresh && byte === BRACE) {
    run.state = { at: "pairs", next: at + 1, list: undefined, nameless: [] };
    return true;
  }
  if (fresh && byte === BRACKET) return arrayOrJunk(run);
  const lineEnd = bytes.indexOf(LINE_END, at);
  const found = lineEnd >= 0 && lineEnd < end;
  return between(run, found ? lineEnd + 1 : end, found);
}

/** "[" may open a list of objects, and a line of a log as well. */
function arrayOrJunk(run: Run): boolean {
  const { bytes, from, end } = run.window;
  const next = skipSpace(bytes, from + 1, end);
  if (next >= end && !run.ended) return more(run);
  if (bytes[next] !== BRACE) return between(run, from + 1, false);
  run.window.from = from + 1;
  run.state = { at: "items", alone: true, list: NO_LIST, nameless: [] };
  return true;
}

const sliceOf = ({ window }: Run, from: number, to: number): string =>
  decoder.decode(window.bytes.subarray(from, to));

/** One key and its value; or the end of the document. `run.window.from` stays at the document's begin, or behind its items. */
function pair(run: Run, state: State & { at: "pairs" }): boolean {
  const { bytes, from, end } = run.window;
  const at = skipSpace(bytes, state.next, end);
  if (at >= end) return more(run);
  if (bytes[at] === BRACE_END) return endOfDocument(run, state, at);
  if (bytes[at] === COMMA) {
    state.next = at + 1;
    return true;
  }
  if (bytes[at] !== QUOTE) return fail(run, "syntax");
  const keyEnd = endOfString(bytes, at + 1, end);
  const colon = keyEnd < 0 ? end : skipSpace(bytes, keyEnd + 1, end);
  const value = skipSpace(bytes, colon + 1, end);
  if (keyEnd === BROKEN || (colon < end && bytes[colon] !== COLON)) return fail(run, "syntax");
  if (value >= end) return more(run);
  const key = sliceOf(run, at + 1, keyEnd);
  if ((key === "items" || key === "Items") && state.list === undefined) {
    const list = headOf(sliceOf(run, from + 1, at), { ...NO_LIST, internal: key === "Items" });
    if (bytes[value] === BRACKET) {
      run.window.from = value + 1;
      run.state = { at: "items", alone: false, list, nameless: [] };
      return true;
    }
    // A nil slice of Go: an empty list.
    if (bytes[value] === N) state.list = list;
  }
  const valueEnd = endOfValue(bytes, value, end);
  if (valueEnd === MORE) return more(run);
  if (valueEnd === BROKEN) return fail(run, "syntax");
  state.next = valueEnd;
  return true;
}

function endOfDocument(run: Run, state: State & { at: "pairs" }, at: number): boolean {
  const { bytes, from } = run.window;
  if (state.list === undefined) {
    if (cut(run, "", (json) => run.sink.object(json, undefined)) < 0) return fail(run, "syntax");
  } else {
    const list = headOf(sliceOf(run, bytes[from] === BRACE ? from + 1 : from, at), state.list);
    giveNames(run, state.nameless, list);
    run.sink.list(list);
  }
  return between(run, at + 1, true);
}

/** Parses the object at the window's begin; the place behind it, or MORE, or BROKEN. */
function cut(run: Run, kind: string, take: (json: unknown) => void): number {
  const { bytes, from, end } = run.window;
  const { behind, json } = cutObject(run.cutter, { bytes, at: from, end }, kind);
  if (behind < 0) return behind;
  // Its brackets close, so that one item is passed over and the list goes on.
  if (json === undefined) run.sink.broken("syntax", run.window.before + from, listOf(run.state));
  else take(json);
  return behind;
}

function item(run: Run, state: State & { at: "items" }): boolean {
  const { bytes, end } = run.window;
  const at = skipSpace(bytes, run.window.from, end);
  run.window.from = at;
  if (at >= end) return more(run);
  switch (bytes[at] ?? 0) {
    case COMMA:
      run.window.from = at + 1;
      return true;
    case BRACKET_END:
      return endOfItems(run, state, at + 1);
    case BRACE:
      return oneObject(run, state);
    default: {
      // null, or what is no object: it is nothing that could be audited.
      const behind = endOfValue(bytes, at, end);
      if (behind === MORE) return more(run);
      if (behind <= at) return fail(run, "syntax");
      run.window.from = behind;
      return true;
    }
  }
}

function oneObject(run: Run, { list, nameless }: State & { at: "items" }): boolean {
  const behind = cut(run, list.kind.replace(/List$/, ""), (json) => {
    // kubectl writes a list's kind behind its items; only an item without a kind of its own must wait for it.
    if (list.kind === "" && textIn(json, "kind") === "") nameless.push(json);
    else run.sink.object(json, list);
  });
  if (behind === MORE) return more(run);
  if (behind === BROKEN) return fail(run, "syntax");
  run.window.from = behind;
  return true;
}

function endOfItems(run: Run, state: State & { at: "items" }, behind: number): true {
  const { alone, list, nameless } = state;
  if (alone) {
    giveNames(run, nameless, list);
    run.sink.list(list);
    return between(run, behind, true);
  }
  run.window.from = behind;
  run.state = { at: "pairs", next: behind, list, nameless };
  return true;
}
