import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { renderSarif } from "#shared/report/sarif.ts";
import { report, reportFinding } from "../../fixtures/report.ts";

const render = (value = report()): SarifLog =>
  JSON.parse(
    renderSarif(value, { version: "1.2.3", titleOf: (cause) => `title of ${cause}` }),
  ) as SarifLog;

type SarifLog = {
  runs: [
    {
      tool: { driver: { rules: { id: string }[] } };
      results: { ruleId: string; ruleIndex: number; level: string; suppressions?: unknown[] }[];
      invocations: [{ executionSuccessful: boolean; toolExecutionNotifications: unknown[] }];
    },
  ];
};

const text = {
  type: "object",
  required: ["text"],
  properties: { text: { type: "string", minLength: 1 } },
};
/** What SARIF 2.1.0 (sections 3.13 to 3.58) and GitHub's upload ask of the parts we use, closed against anything else. */
const STRUCTURE = {
  type: "object",
  required: ["version", "runs"],
  additionalProperties: false,
  properties: {
    $schema: { type: "string" },
    version: { const: "2.1.0" },
    runs: {
      type: "array",
      items: {
        type: "object",
        required: ["tool", "results"],
        additionalProperties: false,
        properties: {
          tool: {
            type: "object",
            required: ["driver"],
            properties: {
              driver: {
                type: "object",
                required: ["name", "rules"],
                properties: {
                  semanticVersion: { type: "string", pattern: "^\\d+\\.\\d+\\.\\d+" },
                  rules: {
                    type: "array",
                    uniqueItems: true,
                    items: {
                      type: "object",
                      required: ["id"],
                      properties: { id: { type: "string", minLength: 1 }, shortDescription: text },
                    },
                  },
                },
              },
            },
          },
          automationDetails: {
            type: "object",
            properties: { id: { type: "string", pattern: "/$" } },
          },
          invocations: {
            type: "array",
            items: {
              type: "object",
              required: ["executionSuccessful"],
              properties: {
                endTimeUtc: { type: "string", pattern: "Z$" },
                toolExecutionNotifications: {
                  type: "array",
                  items: {
                    type: "object",
                    required: ["message"],
                    properties: {
                      level: { enum: ["none", "note", "warning", "error"] },
                      message: text,
                    },
                  },
                },
              },
            },
          },
          columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
          results: {
            type: "array",
            maxItems: 25_000,
            items: {
              type: "object",
              required: ["message", "ruleId", "ruleIndex", "locations", "partialFingerprints"],
              additionalProperties: false,
              properties: {
                ruleId: { type: "string" },
                ruleIndex: { type: "integer", minimum: 0 },
                level: { enum: ["none", "note", "warning", "error"] },
                message: text,
                locations: {
                  type: "array",
                  minItems: 1,
                  items: {
                    type: "object",
                    required: ["physicalLocation"],
                    additionalProperties: false,
                    properties: {
                      physicalLocation: {
                        type: "object",
                        required: ["artifactLocation"],
                        properties: {
                          artifactLocation: {
                            type: "object",
                            properties: {
                              // A relative reference, RFC 3986: no scheme, no empty or parent segment.
                              uri: {
                                type: "string",
                                pattern: "^[A-Za-z0-9](?!.*(//|\\.\\./))[\\w.~%!'()*/-]*$",
                              },
                            },
                          },
                          region: {
                            type: "object",
                            properties: { startLine: { type: "integer", minimum: 1 } },
                          },
                        },
                      },
                      logicalLocations: {
                        type: "array",
                        items: {
                          type: "object",
                          properties: { fullyQualifiedName: { type: "string" } },
                        },
                      },
                    },
                  },
                },
                partialFingerprints: {
                  type: "object",
                  minProperties: 1,
                  additionalProperties: { type: "string" },
                },
                suppressions: {
                  type: "array",
                  items: {
                    type: "object",
                    required: ["kind"],
                    properties: { kind: { enum: ["inSource", "external"] } },
                  },
                },
                properties: { type: "object" },
              },
            },
          },
        },
      },
    },
  },
};

const validate = new Ajv2020({ strict: false, allErrors: true }).compile(STRUCTURE);

test.each([
  ["a gap", report()],
  ["nothing found", report({ findings: [] })],
  [
    "kinds that were not read",
    report({
      complete: false,
      notSeenBecause: [{ kind: "Pod", why: "forbidden", detail: "403" }],
    }),
  ],
  [
    "hostile names",
    report({
      findings: [
        reportFinding({
          summary: "x\u0000\u202e",
          subject: { kind: "Service", namespace: "../../etc", name: "//evil?a=b#c \ud800" },
          ignored: { reason: "known", until: null },
        }),
      ],
    }),
  ],
] as const)("holds by SARIF 2.1.0: %s", (_what, value) => {
  validate(render(value));
  expect(validate.errors).toBe(null);
});

test("each result points at its rule, with its level", () => {
  const findings = [
    reportFinding(),
    reportFinding({ cause: "not-ready", severity: "warning" }),
    reportFinding({ cause: "no-priority", severity: "info" }),
    reportFinding({ cause: "not-ready", severity: "critical" }),
  ];
  const [run] = render(report({ findings })).runs;
  expect(run.tool.driver.rules.map(({ id }) => id)).toEqual([
    "insufficient-memory",
    "not-ready",
    "no-priority",
  ]);
  expect(run.results.map(({ ruleId, ruleIndex, level }) => [ruleId, ruleIndex, level])).toEqual([
    ["insufficient-memory", 0, "error"],
    ["not-ready", 1, "warning"],
    ["no-priority", 2, "note"],
    ["not-ready", 1, "error"],
  ]);
});

test("what the configuration ignores is suppressed with its reason, not dropped", () => {
  const ignored = { reason: "decommissioned in May", until: null };
  const [run] = render(report({ findings: [reportFinding({ ignored })] })).runs;
  expect(run.results[0]?.suppressions).toEqual([
    { kind: "external", justification: "decommissioned in May" },
  ]);
});

test("an incomplete audit is no success, and says what was not read", () => {
  const notSeenBecause = [{ kind: "Pod", why: "forbidden", detail: "403" }] as const;
  const [run] = render(report({ complete: false, notSeenBecause })).runs;
  expect(run.invocations[0]).toMatchObject({
    executionSuccessful: false,
    toolExecutionNotifications: [{ message: { text: "Pod was not read (forbidden) 403" } }],
  });
});
