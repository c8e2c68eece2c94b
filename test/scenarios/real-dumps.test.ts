import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDump } from "#shared/adapters/files/read-dump.ts";
import type { Audit } from "#shared/audit/audit.ts";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import { isObserved } from "#shared/cluster/daemon-controller/revisions.ts";
import { findingsOf } from "#shared/findings/make-findings.ts";

/** Dumps of other people's clusters: no part of the project, read where DSAUDIT_DATA names a folder with them. */
const folder = join(process.env["DSAUDIT_DATA"] ?? "", "clusters");
const isThere = process.env["DSAUDIT_DATA"] !== undefined && existsSync(folder);
const files = isThere ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];

const audited = async (name: string): Promise<Audit> =>
  auditCluster(await readDump([join(folder, name)], {}), DEFAULT_POLICY);

/** "warning crash-loop ns/name on nodes: sentence" of all that is not mere information. */
const troubles = (audit: Audit): readonly string[] =>
  findingsOf(audit)
    .filter(({ severity }) => severity !== "info")
    .map(
      ({ cause, subject, nodes, summary }) =>
        `${cause} ${subject.namespace}/${subject.name} on ${nodes.length}: ${summary}`,
    )
    .toSorted();

const covered = ({ facts }: Audit): number =>
  facts.daemonSets
    .flatMap((set) => set.placements())
    .filter((placement) => placement.verdict().says === "covered").length;

describe.skipIf(!isThere)("real dumps (DSAUDIT_DATA)", () => {
  test.each(files)(
    "%s: eligible nodes are those that its own controller wanted, where it had seen the latest spec",
    async (name) => {
      const { facts } = await audited(name);

      for (const view of facts.daemonSets) {
        const { inferred, status } = view.daemonSet;
        if (inferred || !isObserved(view.daemonSet)) continue;
        const eligible = view.placements().filter((placement) => placement.eligible === "yes");
        expect([view.key, eligible.length]).toEqual([view.key, status.desired]);
      }
    },
  );

  test.each([
    [
      "aks-1.29-gpu-tainted.json",
      "32 of 34 nodes run the driver installer; no DaemonSet object tells whether the two others should",
      [],
      32,
    ],
    [
      "k3s-1.20-hostport.json",
      "the example's load balancer waits for port 80 that Traefik's holds, and two collectors wait for a volume",
      [
        /^container-creating-stuck default\/troubleshoot54lbp on 1: .*a volume cannot be attached or mounted/,
        /^container-creating-stuck default\/troubleshootvgknq on 1: .*a volume cannot be attached or mounted/,
        /^host-port-conflict test\/svclb-example-nginx on 1: .*host port TCP 80 is held by kube-system\/svclb-traefik-/,
      ],
      2,
    ],
    ["k3s-1.31-baseline.json", "nothing is wrong", [], 1],
    ["k3s-1.33-starved.json", "workloads starve for cpu, and no daemon does", [], 1],
    [
      "kind-1.14-sonobuoy-crash.json",
      "two plugins end well, again and again, and a daemon must not end",
      [
        /^crash-loop heptio-sonobuoy\/sonobuoy-singlefileds-.* on 1: .*exit code 0.*it ended well, but a daemon must not end/,
        /^crash-loop heptio-sonobuoy\/sonobuoy-tarresultsds-.* on 1: .*exit code 0.*it ended well, but a daemon must not end/,
      ],
      4,
    ],
    ["kind-1.33-arm64-crash-oom.json", "workloads crash, and every daemon is well", [], 4],
    ["kurl-1.23-longhorn.json", "all seven daemons, known by their pods alone, are well", [], 21],
    [
      "minikube-attackmap.json",
      "the log collector's image tag does not exist",
      [/^image-pull default\/log-collector on 1: .*fluentd:v1.16: the registry has no such image/],
      0,
    ],
  ] as const)("%s: %s", async (name, _wrong, expected, healthy) => {
    const audit = await audited(name);
    const said = troubles(audit);

    expect(said).toHaveLength(expected.length);
    for (const [at, pattern] of expected.entries()) expect(said[at]).toMatch(pattern);
    expect(covered(audit)).toBe(healthy);
  });
});
