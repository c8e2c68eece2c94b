import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { protobufFormat } from "#shared/adapters/kubernetes/protobuf/format.ts";
import { readMessage } from "#shared/adapters/kubernetes/protobuf/message.ts";
import { wireOf } from "#shared/adapters/kubernetes/protobuf/wire.ts";
import { newReading } from "#shared/cluster/read/json.ts";
import { readObject } from "#shared/cluster/read/object.ts";
import { fullObject } from "../../../../fixtures/full-objects.ts";
import { messageBytes, messageOf } from "../../../../fixtures/protobuf.ts";
import { anyObject, PROTOBUF_KINDS, typeOf } from "../../../../fixtures/protobuf-objects.ts";

const frames = JSON.parse(
  readFileSync(new URL("../../../../fixtures/protobuf-frames.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;

test.each(PROTOBUF_KINDS)(
  "%s as Kubernetes' own encoder wrote it is read as its JSON is",
  (kind) => {
    const encoding = protobufFormat(kind).of("application/vnd.kubernetes.protobuf;stream=watch");
    const [frame] = encoding.frames(1e6).write(Buffer.from(frames[kind] ?? "", "base64"));
    const reading = newReading();
    const read = readObject(fullObject(kind), reading);

    expect(encoding.event(frame ?? new Uint8Array(0))).toEqual({
      is: "put",
      added: true,
      version: "12345678901",
      object: read?.object,
      problems: reading.problems,
    });
  },
);

test.each(PROTOBUF_KINDS)("%s is read as its JSON is", (kind) => {
  const message = messageOf(kind);
  fc.assert(
    fc.property(anyObject(kind), (json) => {
      const decoded = readMessage(message, wireOf(messageBytes(message, json)));
      const [ours, theirs] = [newReading(), newReading()];
      expect(readObject({ ...decoded, ...typeOf(kind) }, ours)).toEqual(readObject(json, theirs));
      expect(ours.problems.length).toBe(theirs.problems.length);
    }),
    { seed: 5, numRuns: 60 },
  );
});
