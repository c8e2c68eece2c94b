import { isDeepStrictEqual } from "node:util";
import { enveloped, bytesField } from "../fixtures/protobuf.ts";
import { manyPod } from "../fixtures/many-pods.ts";
import { manyPodBytes } from "../fixtures/many-pods-protobuf.ts";
import { protobufFormat } from "#shared/adapters/kubernetes/protobuf/format.ts";
import type { Encoding } from "#shared/adapters/kubernetes/reflector/format.ts";
import { jsonFormat } from "#shared/adapters/kubernetes/reflector/json-format.ts";
import { readAs } from "#shared/cluster/read/object.ts";
import type { Figure } from "./figure.ts";
import { interleaved, type Rounds } from "./timing.ts";

export type DecodeOptions = Rounds & { readonly pods?: number };

const TYPE = { kind: "Pod", apiVersion: "v1" };
const NODES = 5000;

const eventOf = (raw: Uint8Array): Uint8Array =>
  Buffer.concat([bytesField(1, "ADDED"), bytesField(2, bytesField(1, enveloped(TYPE, raw)))]);

/** Events of a watch that lists first, decoded into what is kept of a pod, against JSON.parse of the same pods. */
export function decodeFigures(options: DecodeOptions = {}): readonly Figure[] {
  const { pods = 400 } = options;
  // Pods of many DaemonSets, as a watch brings them.
  const which = Array.from({ length: pods }, (_, i) => i * 37);
  const texts = which.map((i) => JSON.stringify({ ...TYPE, ...manyPod(i, NODES) }));
  const events = which.map((i) => eventOf(manyPodBytes(i, NODES)));
  // Few, so that the memory of the machine has them at hand, as it has what has just come over a connection.
  const few = which.slice(0, 30);
  const short = events.slice(0, few.length);
  const long = few.map((i) => eventOf(manyPodBytes(i, NODES, 10)));
  const encoding = protobufFormat("Pod").of("application/vnd.kubernetes.protobuf;stream=watch");
  const read = (all: readonly Uint8Array[], by: Encoding<"Pod"> = encoding): void => {
    for (const bytes of all)
      if (by.event(bytes).is !== "put") throw new Error("an event was not read");
  };
  const json = jsonFormat("Pod");
  const lines = texts.map((text) => Buffer.from(`{"type":"ADDED","object":${text}}`));
  for (const [at, text] of texts.entries()) {
    const event = encoding.event(events[at] ?? new Uint8Array(0));
    if (event.is !== "put" || !isDeepStrictEqual(event.object, readAs("Pod", JSON.parse(text))))
      throw new Error("a pod is not read as its JSON is");
  }
  const times = interleaved(
    {
      parse: () => texts.forEach((text) => void JSON.parse(text)),
      json: () => read(lines, json),
      protobuf: () => read(events),
      short: () => read(short),
      long: () => read(long),
    },
    options,
  );
  return [
    {
      figure: "an event of a pod in protobuf / JSON.parse of the same pod",
      values: times.map((time) => time.protobuf / time.parse),
      goal: 0.1,
    },
    {
      figure: "the same / the same event read from JSON",
      values: times.map((time) => time.protobuf / time.json),
      goal: 0.1,
    },
    {
      figure: "the same, with ten times the managed fields / without",
      values: times.map((time) => time.long / time.short),
      goal: 1.1,
    },
    {
      figure: "an event of a pod in protobuf, µs",
      values: times.map((time) => (time.protobuf / pods) * 1000),
      goal: 4,
    },
  ];
}

export const decode = (): readonly Figure[] => decodeFigures();
