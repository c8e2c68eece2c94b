import * as z from "zod";

/**
 * The published report, `dsaudit audit -o json`. Within v1 fields are added, never changed or taken away,
 * so a reader must allow fields it does not know. Its JSON Schema lies beside this file.
 */

const count = z.int().nonnegative();
const instant = z.iso.datetime().describe("RFC 3339, UTC");
const key = z.string().describe("namespace/name");
/** Three answers, not two: null says that it cannot be told, and reads as "not true" wherever it is tested. */
const answer = z.boolean().nullable().describe("null: cannot be told");

export const SEVERITIES = ["info", "warning", "critical"] as const;
export const VERDICTS = ["covered", "starting", "gap", "excluded", "misplaced", "unknown"] as const;

const Remedy = z.object({
  action: z.string().describe("stable name of what to do"),
  summary: z.string(),
  command: z.string().optional().describe("shell lines to copy"),
  patch: z.unknown().optional().describe("merge patch for the object that the summary names"),
  price: z.string().optional().describe("what it costs, in words"),
  limit: z.string().optional().describe("what it does not promise, in words"),
});

const Evidence = z.object({
  sentence: z.string(),
  node: z.string().optional(),
  daemonSet: key.optional(),
  facts: z.record(z.string(), z.json()).describe("the values compared; fields depend on the cause"),
});

const Finding = z.object({
  id: z.string().describe("stable for as long as the trouble is the same"),
  cause: z.string().describe("cause code, see CAUSES.md"),
  severity: z.enum(SEVERITIES),
  subject: z.object({
    kind: z.enum(["DaemonSet", "Node", "Service", "Cluster"]),
    namespace: z.string().optional(),
    name: z.string(),
  }),
  daemonSets: z.array(key),
  nodes: z.array(z.string()),
  since: instant.nullable(),
  summary: z.string(),
  evidence: z.array(Evidence),
  remedies: z.array(Remedy).describe("cheapest first"),
  ignored: z
    .object({ reason: z.string(), until: instant.nullable() })
    .optional()
    .describe("set by an ignore rule: reported, but not counted and no reason for an exit code"),
});

const DaemonSetRow = z.object({
  namespace: z.string(),
  name: z.string(),
  eligible: count.describe("nodes on which the DaemonSet controller would keep a pod now"),
  intended: count.describe("eligible when transient taints are taken away: what coverage is of"),
  covered: count,
  starting: count,
  gaps: count,
  misplaced: count,
  unknown: count,
  outdated: count.describe("nodes whose pod is not of the current revision"),
  excluded: count.describe("nodes not intended and without a pod"),
  updateStrategy: z.string(),
  role: z.string(),
});

const NodeRow = z.object({
  name: z.string(),
  pool: z.string(),
  phase: z.enum(["booting", "steady", "leaving", "dark", "stopped"]),
  outsideCoverage: z.boolean().describe("daemons cannot run there at all, as on Fargate"),
  intended: count,
  covered: count,
  starting: count,
  gaps: count,
  misplaced: count,
  unknown: count,
});

const Placement = z.object({
  daemonSet: key,
  node: z.string(),
  eligible: answer,
  shouldContinue: answer,
  intended: answer,
  verdict: z.enum(VERDICTS),
  cause: z.string().optional(),
  pod: z.string().optional().describe("name of the pod that was judged"),
  reason: z.string(),
});

export const AuditReport = z
  .object({
    apiVersion: z.literal("dsaudit/v1"),
    kind: z.literal("AuditReport"),
    cluster: z.object({ name: z.string(), version: z.string().nullable() }),
    at: instant.describe("the moment the cluster was judged at"),
    complete: z.boolean().describe("nodes, pods and DaemonSets were read whole"),
    notSeen: z.array(z.string()).describe("kinds or lists that could not be read"),
    notSeenBecause: z.array(
      z.object({
        kind: z.string(),
        why: z.enum(["absent", "forbidden", "not-served", "failed", "partial"]),
        detail: z.string(),
      }),
    ),
    problems: z
      .array(
        z.object({
          code: z.string(),
          object: z.string(),
          field: z.string(),
          value: z.string(),
          fix: z.string(),
        }),
      )
      .describe("what could not be taken as it stood; the rest was read"),
    summary: z.object({
      nodes: count,
      daemonSets: count,
      intended: count,
      covered: count,
      starting: count,
      gaps: count,
      unknown: count,
      coveragePercent: z
        .number()
        .min(0)
        .max(100)
        .nullable()
        .describe(
          "covered of intended and unknown, rounded down; null when there is nothing to cover",
        ),
      findings: z.object({ critical: count, warning: count, info: count }),
    }),
    daemonSets: z.array(DaemonSetRow),
    nodes: z.array(NodeRow),
    findings: z.array(Finding).describe("worst first"),
    placements: z.array(Placement).optional().describe("with --placements"),
  })
  .meta({ title: "AuditReport", description: "What dsaudit found in one cluster at one moment." });

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;
export type AuditReport = Frozen<z.infer<typeof AuditReport>>;

export const SCHEMA_ID = "https://dsaudit.dev/schemas/v1/audit-report.json";

/** Draft 2020-12. Reader's side: unknown fields are allowed. */
export const auditReportSchema = (): object => ({
  $id: SCHEMA_ID,
  ...z.toJSONSchema(AuditReport, { io: "input" }),
});
