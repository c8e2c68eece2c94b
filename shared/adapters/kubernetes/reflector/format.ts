import type { InputProblem, Kind, Kinds } from "#shared/cluster/cluster.ts";
import type { Frames } from "./lines.ts";

/** One event of a watch, in our types. */
export type WatchEvent<K extends Kind> =
  | {
      readonly is: "put" | "gone";
      /** It was not there before. */
      readonly added: boolean;
      readonly version: string;
      readonly object: Kinds[K];
      readonly problems: readonly InputProblem[];
    }
  /** `endsInitial`: all that there was before the watch has been sent. */
  | { readonly is: "bookmark"; readonly version: string; readonly endsInitial: boolean }
  | { readonly is: "error"; readonly code: number; readonly message: string }
  /** An object whose name no API server takes: it can stand in no view, and the stream goes on. */
  | { readonly is: "refused"; readonly version: string }
  /** A type of event that is not known. */
  | { readonly is: "unknown" }
  /** No event could be made of it; what it was is lost unless everything is read again. */
  | { readonly is: "bad"; readonly why: string };

export type PageHead = { readonly version: string; readonly next: string };

export type PageReader = {
  write(chunk: Uint8Array): void;
  /** undefined: it was no whole list of the kind. */
  end(): PageHead | undefined;
};

/** How lists and watches of a kind are written on the wire. */
export type Encoding<K extends Kind> = {
  frames(limit: number): Frames;
  event(frame: Uint8Array): WatchEvent<K>;
  page(onObject: (object: Kinds[K], problems: readonly InputProblem[]) => void): PageReader;
};

/** What a kind is asked for in. A server may answer in less than it was asked for, and says so. */
export type Format<K extends Kind> = {
  readonly accept: string;
  of(contentType: string | undefined): Encoding<K>;
  /** Asked for from then on when the server takes nothing of `accept`. */
  readonly otherwise?: Format<K>;
};
