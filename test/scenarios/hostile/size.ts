import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import { AuditReport } from "#shared/events/audit-report.ts";
import type { Fault } from "../../fixtures/api-server.ts";
import { dsaudit } from "../../fixtures/command.ts";
import { nodeJson } from "../../fixtures/kubernetes-json.ts";
import { textOf, type Hostile } from "./corpus.ts";
import { NEIGHBOURS, saved, told } from "./fed.ts";
import { inFolder, serving } from "./sources.ts";

const DUMP = JSON.stringify(NEIGHBOURS);

/** What a server answers so for its pods is refused: nothing counts as covered, and the rest is read. */
async function refused(fault: Fault, why: string): Promise<void> {
  const { code, out, err } = await serving(
    NEIGHBOURS,
    (path) => dsaudit(["audit", "-o", "json", "--kubeconfig", path]),
    { fault: ({ resource }) => (resource === "pods" ? fault : undefined) },
  );
  expect(code).toBe(3);
  expect(err).toContain(`the server sends too much: ${why}`);
  const { summary } = AuditReport.parse(JSON.parse(out));
  expect(summary).toMatchObject({ nodes: 1, covered: 0, unknown: 1 });
}

/** The limit is that of an answer: a file is read as a stream. */
async function manyItems({ gen }: Hostile): Promise<void> {
  const items = Array.from({ length: gen?.count ?? 0 }, () => "{}").join(",");
  const text = `{"kind":"PodList","apiVersion":"v1","items":[${items}]}`;

  await refused({ text }, "more than 5,000 of Pod in a page of 500");
  const { code } = await dsaudit(["audit", "-f", "-"], { stdin: `${text}\n${DUMP}` });
  expect(code).toBe(0);
}

const PIECE = 16 * 2 ** 20;

async function swelling({ gen }: Hostile): Promise<void> {
  const piece = gzipSync(Buffer.alloc(PIECE, 0x20));
  const gzipped = Buffer.concat(Array.from({ length: (gen?.to ?? 0) / PIECE }, () => piece));

  await refused({ gzipped }, "an answer unpacks to more than 100 times its size");
}

/** As a name, and as a configuration of as many characters as it may have bytes, which are twice as many. */
async function twoBytesEach(hostile: Hostile): Promise<void> {
  const report = await saved([nodeJson(textOf(hostile))]);
  expect([report.nodes.length, told(report).length]).toEqual([1, 1]);

  const { code, err } = await inFolder(async (folder) => {
    const path = join(folder, "c.yaml");
    await writeFile(path, `# ${"\u00e9".repeat(2 ** 19)}`);
    return dsaudit(["audit", "-f", "-", "--config", path], { stdin: DUMP });
  });
  expect(code).toBe(2);
  expect(err).toContain("is larger than 1 MiB");
}

export const SIZE: ReadonlyMap<string, (hostile: Hostile) => Promise<void>> = new Map([
  ["X05", manyItems],
  ["X06", swelling],
  ["X10", twoBytesEach],
]);
