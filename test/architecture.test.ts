import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { rowOf, violations, type Files, type Table } from "./architecture/violations.ts";

const cluster = "#shared/cluster/";
const audit = "#shared/audit/";
const findings = "#shared/findings/";
const remediation = "#shared/remediation/";
const events = "#shared/events/";
const report = "#shared/report/";
const states = "#shared/states/";
const core = [cluster, audit, findings, remediation, events, report, states];
const errors = "#shared/auditor-error.ts";
const OURS = ["#shared/", "functions/", "infra/", "node:"];
const ports = "#shared/ports.ts";

/**
 * Who may import whom, in the order in which data meets the code. A folder that is not here fails. What lies in the same row
 * is always allowed, and a row without "node:" is pure: no clock, no chance, no outside world.
 */
const TABLE: Table = {
  "shared/cluster/": [],
  "shared/audit/": [cluster],
  "shared/findings/": [cluster, audit],
  "shared/remediation/": [cluster, audit, findings],
  "shared/events/": [cluster, audit, findings, remediation, "zod"],
  "shared/report/": [cluster, audit, findings, remediation, events],
  "shared/states/": [cluster, audit, findings, events],
  "shared/auditor-error.ts": [],
  "shared/ports.ts": core,
  "shared/flow/": [...core, ports, errors],
  "shared/adapters/aws/": [...core, ports, errors, "node:", "@aws-sdk/", "@smithy/"],
  "shared/adapters/config/": [...core, ports, errors, "node:", "yaml", "zod"],
  "shared/adapters/files/": [...core, ports, errors, "node:", "tar-stream", "yaml"],
  "shared/adapters/kubernetes/": [...core, ports, errors, "node:", "@kubernetes/client-node"],
  "functions/cli/": ["#shared/", "functions/settings.ts", "node:", "commander"],
  "functions/forwarder/": ["#shared/", "functions/settings.ts", "node:", "prom-client"],
  "infra/": [events, "node:", "aws-cdk-lib", "constructs"],
  "infra/package/": ["node:", "esbuild"],
  // Oracles and formats of the tests beside what Node and the project have.
  "test/": [
    ...OURS,
    "@kubernetes/client-node",
    "vitest",
    "fast-check",
    "ajv",
    "ajv-formats",
    "tar-stream",
    "yaml",
    "zod",
  ],
  "vitest.config.ts": ["test/", "node:", "vitest"],
};

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Made by tools, or not ours. */
const PASSED_OVER = /^(\..*|node_modules|dist|coverage)$/;

function projectFiles(): Files {
  const files = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(`${ROOT}${folder}`, { withFileTypes: true })) {
      const path = `${folder}${entry.name}`;
      if (PASSED_OVER.test(entry.name)) continue;
      if (entry.isDirectory()) walk(`${path}/`);
      else files.set(path, path.endsWith(".ts") ? readFileSync(`${ROOT}${path}`, "utf8") : "");
    }
  };
  walk("");
  return files;
}

test("every folder imports only what the table allows", () => {
  expect(violations(projectFiles(), TABLE)).toEqual([]);
});

test("every row of the table is of something that is there", () => {
  const rows = new Set([...projectFiles().keys()].map((path) => rowOf(path, TABLE)));

  expect(Object.keys(TABLE).filter((row) => !rows.has(row))).toEqual([]);
});

/** Made-up sources that break the rule, one each, and what is said of them. */
const PLANTED: readonly (readonly [rule: string, path: string, text: string, says: string])[] = [
  ["the core knows no Node", "shared/cluster/a.ts", 'import "node:fs";', "may not import node:fs"],
  [
    "nor an adapter, however late it is loaded",
    "shared/report/deep/a.ts",
    'export const read = async () => import("#shared/adapters/files/read-dump.ts");',
    "may not import #shared/adapters/files/read-dump.ts",
  ],
  [
    "data flows one way, types too",
    "shared/cluster/b.ts",
    'import type { Audit } from "#shared/audit/audit.ts";',
    "may not import #shared/audit/audit.ts (as a type)",
  ],
  [
    "a type may hide in a type",
    "shared/audit/a.ts",
    'export type F = import("#shared/findings/finding.ts").Finding;',
    "may not import #shared/findings/finding.ts (as a type)",
  ],
  [
    "what is handed on is imported",
    "shared/audit/b.ts",
    'export * from "#shared/report/json.ts";',
    "may not import #shared/report/json.ts",
  ],
  [
    "by name too",
    "shared/audit/f.ts",
    'export { json } from "#shared/report/json.ts";',
    "may not import #shared/report/json.ts",
  ],
  [
    "only adapters load client-node",
    "functions/cli/a.ts",
    'import { KubeConfig } from "@kubernetes/client-node";',
    "may not import @kubernetes/client-node",
  ],
  [
    "types inside braces still load the module",
    "shared/flow/a.ts",
    'import { type KubeConfig } from "@kubernetes/client-node";',
    "may not import @kubernetes/client-node",
  ],
  ["a package by its name", "shared/flow/b.ts", 'import "zod";', "may not import zod"],
  [
    "and by its whole name",
    "shared/adapters/config/b.ts",
    'import "zodiac";',
    "may not import zodiac",
  ],
  [
    "an adapter knows no other",
    "shared/adapters/config/a.ts",
    'import { readDump } from "#shared/adapters/files/read-dump.ts";',
    "may not import #shared/adapters/files/read-dump.ts",
  ],
  [
    "nor the story it is part of",
    "shared/adapters/files/a.ts",
    'import { auditCluster } from "#shared/flow/audit-cluster.ts";',
    "may not import #shared/flow/audit-cluster.ts",
  ],
  [
    "and climbs to none",
    "shared/adapters/kubernetes/a.ts",
    'import "../files/read-dump.ts";',
    "climbs with ../files/read-dump.ts",
  ],
  [
    "a flow is handed its adapters",
    "shared/flow/c.ts",
    'import type { Api } from "#shared/adapters/kubernetes/api-client.ts";',
    "may not import #shared/adapters/kubernetes/api-client.ts (as a type)",
  ],
  [
    "a function knows no other function",
    "functions/cli/b.ts",
    'import "../audit/handler.ts";',
    "climbs with ../audit/handler.ts",
  ],
  [
    "infra starts functions, and imports none",
    "infra/a.ts",
    'import "../functions/cli/main.ts";',
    "climbs with ../functions/cli/main.ts",
  ],
  [
    "a file at the top reaches into no folder",
    "shared/ports.ts",
    'import type { Pod } from "./flow/audit-cluster.ts";',
    "may not import shared/flow/audit-cluster.ts",
  ],
  [
    "no way around by dots",
    "shared/audit/c.ts",
    'import "#shared/cluster/../flow/audit-cluster.ts";',
    "takes a detour: #shared/cluster/../flow/audit-cluster.ts",
  ],
  [
    "no way around by arithmetic",
    "shared/audit/d.ts",
    'export const load = async (name: string) => import("#shared/" + name);',
    "imports what it computes; nobody can tell what that is",
  ],
  [
    "a folder that the table does not know",
    "shared/newcomer/a.ts",
    "export {};",
    "no row of the table knows this folder",
  ],
  ["the time is an argument", "shared/cluster/c.ts", "Date.now();", "pure, yet uses Date.now"],
  ["in any spelling", "shared/cluster/d.ts", "new Date();", "pure, yet uses new Date()"],
  ["or disguise", "shared/cluster/e.ts", "const { now } = Date;", "pure, yet uses Date"],
  ["at any depth", "shared/cluster/f.ts", "new Date(Date.now());", "pure, yet uses Date.now"],
  ["under any type", "shared/cluster/g.ts", "(Date.now() as number);", "pure, yet uses Date.now"],
  ["by any key", "shared/cluster/h.ts", "a[Date.now()];", "pure, yet uses Date.now"],
  ["chance in disguise", "shared/audit/g.ts", "const { random } = Math;", "pure, yet uses Math"],
  ["and by a computed name", "shared/audit/h.ts", 'Math["random"]();', "pure, yet uses Math."],
  ["the outside in short", "shared/audit/i.ts", "a({ fetch });", "pure, yet uses fetch"],
  ["chance too", "shared/audit/e.ts", "`${Math.random()}`;", "pure, yet uses Math.random"],
  ["no environment", "shared/report/b.ts", "process.env;", "pure, yet uses process"],
  ["no network", "shared/flow/d.ts", 'void fetch("x");', "pure, yet uses fetch"],
  ["where it lies is outside", "shared/events/a.ts", "import.meta;", "pure, yet uses import.meta"],
  [
    "a name that says nothing",
    "functions/cli/utils.ts",
    "export {};",
    '"utils" says nothing of what is in it',
  ],
  [
    "a folder of that name",
    "test/shared/helpers/a.test.ts",
    "export {};",
    '"helpers" says nothing of what is in it',
  ],
  [
    "a service that is not Kubernetes' kind",
    "shared/audit/service.ts",
    "export {};",
    '"service" says nothing of what is in it',
  ],
];

const README: readonly (readonly [string, string])[] = [
  ..."shared functions infra test".split(" "),
  ..."cluster audit findings remediation events report flow adapters newcomer"
    .split(" ")
    .map((name) => `shared/${name}`),
].map((folder) => [`${folder}/README.md`, ""] as const);

test.each(PLANTED)("%s", (_rule, path, text, says) => {
  expect(violations(new Map([...README, [path, text]]), TABLE)).toEqual([`${path}: ${says}`]);
});

test("a folder without a README is named, at the top and in shared/", () => {
  const files = new Map([
    ["shared/cluster/a.ts", ""],
    ["shared/cluster/read/a.ts", ""],
    ["shared/audit/README.md", ""],
    ["test/shared/a.test.ts", ""],
    ["package.json", ""],
  ]);

  expect(violations(files, TABLE)).toEqual([
    "shared/: has no README.md",
    "shared/cluster/: has no README.md",
    "test/: has no README.md",
  ]);
});

test.each([
  [
    "its own folder, by either way",
    "shared/cluster/a.ts",
    'import "./b.ts"; import "#shared/cluster/c.ts";',
  ],
  [
    "client-node as types",
    "shared/cluster/a.ts",
    'import type { V1Pod } from "@kubernetes/client-node";',
  ],
  ["time as arithmetic", "shared/report/a.ts", 'new Date(0); Date.parse("x"); Math.max(1, 2);'],
  [
    "words that only look like the outside",
    "shared/audit/a.ts",
    "// process\nexport const a = { process: 1, b: 'Date.now()' }.process;",
  ],
  [
    "types of the outside, which a caller hands in",
    "shared/flow/a.ts",
    "export type F = typeof fetch; export type D = Date;",
  ],
  ["an adapter's outside", "shared/adapters/files/a.ts", "Date.now(); process.env;"],
  ["settings beside the functions", "functions/cli/a.ts", 'import "../settings.ts";'],
  [
    "climbing inside test/",
    "test/shared/audit/a.test.ts",
    'import "../../fixtures/build.ts"; import "../../../functions/cli/run.ts";',
  ],
  [
    "a module of a package",
    "shared/adapters/config/a.ts",
    'import "zod/mini"; import "node:fs/promises";',
  ],
  ["Kubernetes' kind Service and its test", "test/shared/cluster/service.test.ts", ""],
])("%s is allowed", (_what, path, text) => {
  expect(violations(new Map([...README, [path, text]]), TABLE)).toEqual([]);
});
