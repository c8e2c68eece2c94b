import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AuditReport } from "#shared/events/audit-report.ts";
import { dsaudit, type Surroundings } from "../../fixtures/command.ts";
import { daemonPodJson, daemonSetJson, nodeJson, podJson } from "../../fixtures/kubernetes-json.ts";

const READY = { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } };
const LATER = "2026-11-20T13:00:00Z";

const agent = daemonSetJson("agent", { metadata: { labels: { tier: "node" } } });
const other = daemonSetJson("other", { metadata: { namespace: "logging" } });
const up = daemonPodJson("agent", "n1", READY);
const elsewhere = daemonPodJson("other", "n1", {
  ...READY,
  metadata: { ...(daemonPodJson("other", "n1")["metadata"] as object), namespace: "logging" },
});
const HEALTHY = [nodeJson("n1"), agent, up, podJson("web")];
/** Nothing of the agent on n2. */
const GAP = [...HEALTHY, nodeJson("n2"), other, elsewhere];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dsaudit-"));
});
afterEach(async () => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const list = (items: readonly unknown[]): string =>
  JSON.stringify({ apiVersion: "v1", kind: "List", items });

async function audit(items: readonly unknown[], ...more: readonly string[]) {
  await writeFile(at("dump.json"), list(items));
  return dsaudit(["audit", "-f", at("dump.json"), "--now", LATER, ...more], { cwd: folder });
}
const reportOf = (json: string): AuditReport => AuditReport.parse(JSON.parse(json));

describe("exit code", () => {
  test("0: nothing is wrong", async () => {
    const { code, out, err } = await audit(HEALTHY);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("100 % covered");
  });
  test("0: what is wrong is under the threshold, which is critical", async () => {
    expect((await audit(GAP)).code).toBe(0);
  });
  test("1: something is at the threshold", async () => {
    const { code, err } = await audit(GAP, "--fail-on", "warning");
    expect([code, err]).toEqual([1, ""]);
  });
  test("0: --exit-zero masks findings", async () => {
    expect((await audit(GAP, "--fail-on", "warning", "--exit-zero")).code).toBe(0);
  });
  test("2: no nodes; what is missing and the command that collects it are told", async () => {
    const { code, out, err } = await audit([agent, up]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("no nodes in");
    expect(err).toContain("kubectl get nodes -A -o json > nodes.json");
  });
  test("3: no DaemonSets; the report is made all the same, and what is missing is told", async () => {
    const { code, out, err } = await audit([nodeJson("n1"), up]);
    expect(code).toBe(3);
    expect(err).toMatch(/^dsaudit: incomplete: no daemonsets in the input\n/);
    expect(err).toContain("kubectl get daemonsets -A -o json > daemonsets.json");
    expect(err).toContain(`-f ${at("dump.json")} -f daemonsets.json`);
    expect(out).toContain("INCOMPLETE");
  });
  test("3: --exit-zero does not mask what was not seen", async () => {
    expect((await audit([nodeJson("n1"), up], "--exit-zero")).code).toBe(3);
  });
});

describe("input", () => {
  test("standard input", async () => {
    const argv = ["audit", "-f", "-", "-o", "json"];
    const { code, out } = await dsaudit(argv, { stdin: list(HEALTHY), cwd: folder });
    expect(code).toBe(0);
    expect(reportOf(out).summary.nodes).toBe(1);
  });
  test("several files, one of them packed", async () => {
    await writeFile(at("a.json"), list([nodeJson("n1"), agent]));
    await writeFile(at("b.json.gz"), gzipSync(list([up])));
    const argv = ["audit", "-f", at("a.json"), "-f", at("b.json.gz"), "-o", "json"];
    const { out } = await dsaudit(argv, { cwd: folder });
    expect(reportOf(out).summary).toMatchObject({ nodes: 1, covered: 1 });
  });
  test("--cluster names it, --now dates it", async () => {
    const { out } = await audit(HEALTHY, "--cluster", "prod", "-o", "json");
    expect(reportOf(out)).toMatchObject({ cluster: { name: "prod" }, at: LATER });
  });
  test("a file that is not there is named, without a stack", async () => {
    const { code, out, err } = await dsaudit(["audit", "-f", at("none.json")]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`there is no ${at("none.json")}`);
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe("which DaemonSets", () => {
  const rows = async (...argv: readonly string[]) => {
    const report = reportOf((await audit(GAP, "-o", "json", "--placements", ...argv)).out);
    return [
      report.daemonSets.map(({ name }) => name),
      report.findings
        .filter(({ severity, subject }) => severity !== "info" && subject.kind !== "Cluster")
        .map(({ subject }) => subject.name),
      report.nodes.length,
      new Set(report.placements?.map(({ daemonSet }) => daemonSet)).size,
    ];
  };
  test("all", async () => {
    expect(await rows()).toEqual([["agent", "other"], ["agent", "other"], 2, 2]);
  });
  test("-n: those of a namespace; all nodes stay", async () => {
    expect(await rows("-n", "logging")).toEqual([["other"], ["other"], 2, 1]);
  });
  test("-l: those with a label", async () => {
    expect(await rows("-l", "tier=node")).toEqual([["agent"], ["agent"], 2, 1]);
  });
  test("-A takes -n back", async () => {
    expect((await rows("-n", "logging", "-A"))[0]).toEqual(["agent", "other"]);
  });
});

describe("output", () => {
  test.each([
    ["table", /^unnamed cluster/],
    ["wide", /ROLE +STRATEGY/],
    ["json", /^\{\n {2}"apiVersion": "dsaudit\/v1"/],
    ["yaml", /^apiVersion: dsaudit\/v1/],
    ["csv", /^severity,cause,/],
    ["markdown", /^# DaemonSet coverage/],
    ["html", /^<!doctype html>/],
    ["junit", /^<\?xml/],
    ["sarif", /"version": "2\.1\.0"/],
  ])("-o %s", async (format, like) => {
    const { out } = await audit(GAP, "-o", format);
    expect(out).toMatch(like);
    expect(out.endsWith("\n")).toBe(true);
  });

  test.each([
    ["r.json", /^\{/],
    ["r.yml", /^apiVersion/],
    ["r.HTML", /^<!doctype/],
    ["r.md", /^# /],
    ["r.sarif.json", /sarif/],
    ["r.xml", /<testsuites/],
    ["r.txt", /^unnamed cluster/],
  ])(
    "--out %s: its ending says the format; nothing is printed, nothing else is left",
    async (name, like) => {
      const { code, out } = await audit(GAP, "--out", at(name));
      expect([code, out]).toEqual([0, ""]);
      expect(await readFile(at(name), "utf8")).toMatch(like);
      expect((await readdir(folder)).toSorted()).toEqual(["dump.json", name]);
    },
  );

  test("-o beats the ending", async () => {
    await audit(GAP, "--out", at("r.json"), "-o", "csv");
    expect(await readFile(at("r.json"), "utf8")).toMatch(/^severity,/);
  });

  test("a file that was there is replaced whole, through a link", async () => {
    await writeFile(at("old.json"), "x".repeat(1e6), { mode: 0o600 });
    await symlink(at("old.json"), at("link.json"));
    await audit(GAP, "--out", at("link.json"));
    expect(JSON.parse(await readFile(at("old.json"), "utf8"))).toHaveProperty(
      "kind",
      "AuditReport",
    );
    expect((await readdir(folder)).toSorted()).toEqual(["dump.json", "link.json", "old.json"]);
  });

  test("what is no file (a pipe here, a device) is written, not replaced", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const read = readFile(at("pipe"), "utf8");
    expect(await audit(HEALTHY, "--out", at("pipe"))).toMatchObject({ code: 0, out: "" });
    expect(await read).toContain("100 % covered");
    expect((await stat(at("pipe"))).isFIFO()).toBe(true);
  });

  const painted = (surroundings: Surroundings, ...more: readonly string[]) =>
    dsaudit(["demo", ...more], surroundings);
  test("on a terminal in colour and in its width; both change nothing else", async () => {
    const { out } = await painted({ terminal: 120 });
    expect(out).toContain("\u001b[");
    expect(stripVTControlCharacters(out)).toBe((await painted({ env: { COLUMNS: "120" } })).out);
    expect((await painted({ terminal: 120 }, "--no-color")).out).not.toContain("\u001b");
    expect((await painted({ terminal: 80 }, "-o", "json")).out).not.toContain("\u001b");
  });
});

describe(".dsaudit.yaml", () => {
  test("is found in the folder above, and decides", async () => {
    await writeFile(at(".dsaudit.yaml"), "failOn: info\n");
    await writeFile(at("dump.json"), list(GAP));
    const argv = ["audit", "-f", at("dump.json"), "--now", LATER];
    expect((await dsaudit(argv, { cwd: join(folder, "deep", "er") })).code).toBe(1);
    expect((await dsaudit([...argv, "--fail-on", "critical"], { cwd: folder })).code).toBe(0);
  });
  test("a wrong one is told with its place, and nothing is read", async () => {
    await writeFile(at("c.yaml"), "failOn: info\nignor: []\n");
    const { code, out, err } = await audit(GAP, "--config", at("c.yaml"));
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain('c.yaml:2:1 ignor is no setting. Did you mean "ignore"?');
  });
  test("an empty one is noted", async () => {
    await writeFile(at("c.yaml"), "");
    const { code, err } = await audit(HEALTHY, "--config", at("c.yaml"));
    expect(code).toBe(0);
    expect(err).toContain("all defaults hold");
  });
});
