import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Pace } from "#shared/adapters/kubernetes/retry.ts";
import { auditCluster } from "#shared/audit/audit-cluster.ts";
import { DEFAULT_POLICY } from "#shared/audit/policy.ts";
import type { Kind } from "#shared/cluster/cluster.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import {
  audit,
  bedOf,
  cannotSee,
  covered,
  folderOf,
  kubectl,
  notAsListed,
  readAsReader,
  why,
  type Audited,
} from "../as-reader.ts";
import {
  everyKind,
  KARPENTER,
  listPath,
  NODES,
  resourceOf,
  serveKarpenter,
} from "../every-kind.ts";
import {
  auditOf,
  changedKubeconfig,
  compact,
  grantAll,
  takeAway,
  untilRights,
  type AuditEntry,
} from "../rights.ts";
import { startWorld, until, type World } from "../world.ts";

// The product's reader and its command, on a real API server, as a user who may get and list and nothing else.

const KINDS: readonly Kind[] = RESOURCES.map(({ kind }) => kind);
const NEEDED: readonly Kind[] = ["Node", "Pod", "DaemonSet"];
/** Three daemons; one has no memory on a node, one no quota for its last pod. */
const COVERED = 3 * NODES - 2;

let world: World;
beforeAll(async () => {
  world = await startWorld(false);
  await everyKind(world);
  await grantAll(world);
  // No longer starting: the waiting that the configuration allows is over.
  await until("both gaps are judged", 60, async () =>
    (await audit(world)).report?.summary.gaps === 2 ? true : undefined,
  );
}, 120_000);
afterAll(() => world.close());

const pages = (entries: readonly AuditEntry[], kind: string): readonly AuditEntry[] =>
  entries.filter(({ requestURI }) => requestURI.startsWith(`/api/v1/${kind}?`));

/** What the API server wrote down of the reader since it had written so many lines. */
const askedSince = async (count: number): Promise<readonly AuditEntry[]> =>
  (await auditOf(world, ["reader"])).slice(count);

test("kinds that the cluster does not serve are named, which is no finding", async () => {
  const all = await audit(world);
  expect(all.err).toBe("");
  expect(why(all)).toEqual(KARPENTER.map((kind) => [kind, "not-served"]));
  expect(all.report).toMatchObject({
    complete: true,
    summary: { intended: 3 * NODES, covered: COVERED, gaps: 2 },
  });
  expect(cannotSee(all)).toEqual([]);
  expect(all.report?.findings.map(({ cause, nodes }) => [cause, nodes.length])).toEqual(
    expect.arrayContaining([
      ["insufficient-memory", 1],
      ["create-refused", 1],
    ]),
  );
});

describe("with get and list on every kind, Karpenter's too", () => {
  beforeAll(() => serveKarpenter(world));

  test("every object of every kind is read, page by page", async () => {
    const { length } = await askedSince(0);
    expect(await notAsListed(world, () => readAsReader(world))).toEqual([]);
    const asked = await askedSince(length);
    expect(pages(asked, "pods")).toHaveLength(3);
    expect(pages(asked, "nodes")).toHaveLength(1);
    expect(asked.filter(({ responseStatus }) => responseStatus?.code !== 200)).toEqual([]);
  });

  test("an API server that dies between two pages, and has forgotten the second when it is back, costs no object", async () => {
    const { ports } = await bedOf(world);
    const { length } = await askedSince(0);
    let death: Promise<void> | undefined;
    let back: Promise<void> | undefined;
    const pace: Pace = {
      random: () => 0,
      wait: async (milliseconds) => {
        // With its cache it would have kept the old pages; without it, it asks etcd.
        back ??= (async () => {
          await death;
          await compact(ports.etcd);
          await world.start("kube-apiserver");
        })();
        await back;
        await sleep(Math.max(200, milliseconds));
      },
    };
    const dies = (kind: Kind): void => {
      if (kind === "Pod") death ??= world.kill("kube-apiserver");
    };
    expect(await notAsListed(world, () => readAsReader(world, { pace, onPage: dies }))).toEqual([]);
    const codes = pages(await askedSince(length), "pods").map((one) => one.responseStatus?.code);
    expect(codes).toEqual([200, 410, 200, 200, 200]);
  }, 60_000);
});

describe("with one right less", () => {
  let whole: Audited;
  beforeAll(async () => {
    await takeAway(world, []);
    whole = await audit(world);
  });

  test.each(KINDS)("%s", async (kind) => {
    await takeAway(world, [kind]);
    const less = await audit(world);
    const { unanswered } = auditCluster(await readAsReader(world), DEFAULT_POLICY);

    expect([why(whole), why(less)]).toEqual([[], [[kind, "forbidden"]]]);
    const severity = NEEDED.includes(kind) ? "warning" : "info";
    const summary = expect.stringContaining(`${kind}: its objects may not be read (`) as string;
    expect(cannotSee(less)).toMatchObject([{ severity, summary }]);
    expect(less.report?.complete).toBe(!NEEDED.includes(kind));
    expect(less.code).toBe(NEEDED.includes(kind) ? 3 : whole.code);
    expect(less.err.includes("dsaudit: incomplete: ")).toBe(NEEDED.includes(kind));
    // Less is known; nothing is better for it, and no rule stumbles over it.
    expect(covered(less).filter((one) => !covered(whole).includes(one))).toEqual([]);
    expect(less.report?.summary.covered).toBe(kind === "Node" || kind === "Pod" ? 0 : COVERED);
    expect(unanswered.filter(({ threw }) => threw)).toEqual([]);
  });

  test.each(["Pod", "PodDisruptionBudget", "NodePool"] as const)(
    "%s: the advised role, bound, gives it back",
    async (kind) => {
      await takeAway(world, [kind]);
      const [finding] = cannotSee(await audit(world));
      const role = `dsaudit-${resourceOf(kind).plural}`;
      const bind = `kubectl create clusterrolebinding ${role} --clusterrole=${role} --user=reader`;
      await kubectl(world, finding?.remedies[0]?.command ?? "false");
      await kubectl(world, bind);
      await untilRights(world, []);
      expect(why(await audit(world))).toEqual([]);
    },
  );
});

describe("what cannot be audited at all ends in a clear error and exit code 3", () => {
  test("no right at all", async () => {
    const none = await audit(world, world.kubeconfigOf("executor"));
    expect(none.code).toBe(3);
    expect(why(none)).toEqual(KINDS.map((kind) => [kind, "forbidden"]));
    expect(none.report?.summary).toMatchObject({ nodes: 0, covered: 0 });
    expect(none.err).toContain(
      'dsaudit: incomplete: nodes may not be listed (nodes is forbidden: User "executor" cannot list resource "nodes"',
    );
  });

  const otherAuthority = () => join(folderOf(world), "kube-scheduler.crt");
  const refused = /^dsaudit: the cluster refuses the credentials: Unauthorized\n {2}log in again/;
  const nobody =
    /^dsaudit: cannot reach https:\/\/127\.0\.0\.1:9: .*ECONNREFUSED.*\n {2}nothing listens there/;
  const untrusted =
    /^dsaudit: cannot reach .*: self-signed certificate.*\n {2}its certificate is not trusted/;
  test.each([
    ["a token that nobody knows", () => ({ user: { token: "wrong" } }), refused],
    ["no token", () => ({ user: { token: undefined } }), refused],
    ["nobody listens", () => ({ cluster: { server: "https://127.0.0.1:9" } }), nobody],
    [
      "another cluster's authority",
      () => ({ cluster: { "certificate-authority": otherAuthority() } }),
      untrusted,
    ],
    [
      "a certificate that only itself vouches for",
      () => ({ cluster: { "certificate-authority": undefined } }),
      untrusted,
    ],
  ] as const)("%s", async (_what, change, says) => {
    const changed = await changedKubeconfig(world, "changed", change());
    const { code, out, err } = await audit(world, changed);
    expect([code, out]).toEqual([3, ""]);
    expect(err).toMatch(says);
  });

  test("an API server that was killed; read again when it is back", async () => {
    await world.kill("kube-apiserver");
    const gone = await audit(world);
    expect([gone.code, gone.out]).toEqual([3, ""]);
    expect(gone.err).toMatch(/^dsaudit: cannot reach .*ECONNREFUSED/);
    await world.start("kube-apiserver");
    expect((await audit(world)).report?.complete).toBe(true);
  });
});

test("an authority within the kubeconfig is as good as one in a file", async () => {
  const authority = await readFile(join(folderOf(world), "apiserver.crt"), "base64");
  const cluster = {
    "certificate-authority": undefined,
    "certificate-authority-data": authority,
  };
  const embedded = await changedKubeconfig(world, "embedded", { cluster });
  const { report, err } = await audit(world, embedded);
  expect([report?.complete, err]).toEqual([true, ""]);
});

test("that nobody checks a certificate is told", async () => {
  const cluster = { "certificate-authority": undefined, "insecure-skip-tls-verify": true };
  const insecure = await changedKubeconfig(world, "insecure", { cluster });
  const { report, err } = await audit(world, insecure);
  expect(report?.complete).toBe(true);
  expect(err).toMatch(/^dsaudit: warning: nobody checks that this is https:\/\/127\.0\.0\.1:/);
});

test("the API server's own log has no write, no watch and no Secret of us: only lists of these kinds, and the version", async () => {
  const entries = await auditOf(world, ["reader", "executor"]);
  const lists = entries.filter(({ requestURI }) => requestURI !== "/version");
  expect(entries.length - lists.length).toBeGreaterThan(KINDS.length);
  expect(new Set(entries.map(({ verb }) => verb))).toEqual(new Set(["get", "list"]));
  expect(lists.filter(({ verb }) => verb !== "list")).toEqual([]);
  const paths = new Set(lists.map(({ requestURI }) => requestURI.replace(/&continue=.*/, "")));
  expect(paths).toEqual(new Set(RESOURCES.map((resource) => `${listPath(resource)}?limit=500`)));
  expect(new Set(lists.map(({ objectRef }) => objectRef?.resource))).toEqual(
    new Set(RESOURCES.map(({ plural }) => plural)),
  );
});
