import { parse } from "yaml";
import { NO_LIST, type JsonStream, type StreamSink } from "#shared/cluster/read/json-stream.ts";
import { isRecord, type JsonRecord } from "#shared/cluster/read/json.ts";

/** No alias may stand for more than this many copies: "billion laughs" ends here. */
const MAX_ALIASES = 100;
/** One document, or one item of a list, that is larger is no object of Kubernetes. */
const MAX_TEXT = 16 * 1024 * 1024;

const textIn = (value: unknown, key: string): string => {
  const found = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === "string" ? found : "";
};

type Part = "document" | "item" | "tail";
type Run = {
  readonly sink: StreamSink;
  part: Part;
  /** Lines of the document's own keys, items apart. */
  head: string[];
  /** Lines of the item at hand, its dash replaced by a blank. */
  item: string[];
  size: number;
  /** Leading blanks of the items' dashes. */
  indent: number;
  /** Items that stand in a list whose kind may follow behind them. */
  nameless: JsonRecord[];
  list: boolean;
  line: number;
  start: number;
};

/**
 * YAML documents, as kubectl and must-gather write them, fed as text. A list is split into its items by their indentation before
 * anything is parsed, so that memory is that of one item. What the parser refuses is told as broken, by line.
 */
export function yamlStream(sink: StreamSink): JsonStream {
  const run: Run = { sink, ...fresh(), line: 0, start: 0 };
  const decoder = new TextDecoder();
  let rest = "";
  return {
    write(chunk) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) takeLine(run, line.endsWith("\r") ? line.slice(0, -1) : line);
    },
    end() {
      takeLine(run, rest + decoder.decode());
      endDocument(run);
    },
  };
}

const fresh = () => ({
  part: "document" as const,
  head: [],
  item: [],
  size: 0,
  indent: 0,
  nameless: [],
  list: false,
});

const SEPARATOR = /^(?:---|\.\.\.)(?:\s|$)/;
const ITEMS = /^items:\s*(?:#.*)?$/;
const ITEM = /^( *)-(?: |$)/;

function takeLine(run: Run, line: string): void {
  run.line += 1;
  if (SEPARATOR.test(line)) {
    endDocument(run);
    run.start = run.line;
    return;
  }
  if (run.part === "item" && inItems(run, line)) return;
  if (run.part === "document" && ITEMS.test(line)) {
    run.part = "item";
    run.list = true;
    run.indent = -1;
    return;
  }
  keep(run, run.head, line);
}

/** false: the items are over. */
function inItems(run: Run, line: string): boolean {
  const dash = ITEM.exec(line)?.[1]?.length;
  if (dash !== undefined && (run.indent < 0 || dash === run.indent)) {
    endItem(run);
    run.indent = dash;
    run.start = run.line - 1;
    keep(run, run.item, `${line.slice(0, dash)} ${line.slice(dash + 1)}`);
    return true;
  }
  const blank = line.trim() === "" || line.startsWith("#");
  if (blank || (run.indent >= 0 && line.startsWith(" ".repeat(run.indent + 1)))) {
    if (run.indent >= 0) keep(run, run.item, line);
    return true;
  }
  endItem(run);
  run.part = "tail";
  return false;
}

function keep(run: Run, lines: string[], line: string): void {
  run.size += line.length + 1;
  if (run.size <= MAX_TEXT) lines.push(line);
}

function parsed(run: Run, lines: readonly string[]): unknown {
  const text = lines.join("\n");
  if (run.size > MAX_TEXT) return broken(run, text);
  if (text.trim() === "") return undefined;
  try {
    return parse(text, { maxAliasCount: MAX_ALIASES, logLevel: "error", prettyErrors: false });
  } catch {
    return broken(run, text);
  }
}

/** An object of its own is missed as much as one of a list; text that says neither kind nor version is no object. */
function broken(run: Run, text: string): undefined {
  const kind = /^ *kind: *([A-Za-z]+) *$/m.exec(text)?.[1] ?? "";
  const isObject = kind !== "" || run.list || /^apiVersion:/m.test(text);
  run.sink.broken("syntax", run.start, isObject ? { ...NO_LIST, kind } : undefined);
  return undefined;
}

function endItem(run: Run): void {
  const json = parsed(run, run.item);
  run.item = [];
  run.size = 0;
  if (!isRecord(json)) return;
  if (textIn(json, "kind") === "") run.nameless.push(json);
  else run.sink.object(json, NO_LIST);
}

function endDocument(run: Run): void {
  if (run.part === "item") endItem(run);
  const json = parsed(run, run.head);
  if (run.list) endList(run, json);
  else if (Array.isArray(json)) for (const one of json) run.sink.object(one, NO_LIST);
  else if (isRecord(json)) oneDocument(run, json);
  Object.assign(run, fresh());
}

function headOf(json: unknown) {
  const metadata = isRecord(json) ? json["metadata"] : undefined;
  return {
    ...NO_LIST,
    kind: textIn(json, "kind"),
    apiVersion: textIn(json, "apiVersion"),
    continue: textIn(metadata, "continue"),
  };
}

function endList(run: Run, json: unknown): void {
  const head = headOf(json);
  for (const item of run.nameless) run.sink.object(item, head);
  // kubectl writes apiVersion first and kind behind the items: half a file has the one without the other.
  if (head.apiVersion !== "" && head.kind === "") run.sink.broken("cut-off", run.line, head);
  else run.sink.list(head);
}

/** A list in flow style, or "items: null", was not split above. */
function oneDocument(run: Run, json: JsonRecord): void {
  if (!Object.hasOwn(json, "items")) {
    run.sink.object(json, undefined);
    return;
  }
  const { items } = json;
  const head = headOf(json);
  if (Array.isArray(items)) for (const item of items) run.sink.object(item, head);
  run.sink.list(head);
}
