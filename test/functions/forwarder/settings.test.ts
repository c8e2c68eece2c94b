import { expect, test } from "vitest";
import { helpText } from "../../../functions/forwarder/help.ts";
import { OPTIONS, settingsOf, type Settings } from "../../../functions/forwarder/settings.ts";

const OUTSIDE = { environment: {}, hostname: "laptop", podNamespace: undefined };
const NEEDED = ["--bus", "b", "--region", "eu-west-1", "--source", "dsaudit/one"];

const settings = (
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Settings => {
  const found = settingsOf(argv, { ...OUTSIDE, environment });
  if (typeof found === "string") throw new Error(found);
  return found;
};
const complaint = (
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): string => {
  try {
    return `nothing is wrong with ${JSON.stringify(settings(argv, environment))}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

test("what is not said has the value that the help tells", () => {
  expect(settings(NEEDED)).toEqual({
    kubeconfig: undefined,
    context: undefined,
    inCluster: false,
    namespace: "dsaudit",
    identity: "laptop",
    listen: { host: "0.0.0.0", port: 8080 },
    snapshotEvery: 3_600_000,
    logLevel: "info",
    bus: {
      name: "b",
      region: "eu-west-1",
      source: "dsaudit/one",
      endpoint: undefined,
      wishesQueue: undefined,
    },
  });
});

test("each flag has a variable, which it wins over; what is empty is not said", () => {
  const environment = {
    DSAUDIT_BUS: "from-env",
    DSAUDIT_SOURCE: "dsaudit/env",
    AWS_REGION: "us-east-2",
    DSAUDIT_WISHES_QUEUE: "",
    DSAUDIT_SNAPSHOT_EVERY: "30m",
    POD_NAME: "forwarder-0",
    POD_NAMESPACE: "audit",
    DSAUDIT_LISTEN: "[::]:9090",
    KUBERNETES_SERVICE_HOST: "10.0.0.1",
  };

  expect(settings(["--bus", "from-flag"], environment)).toMatchObject({
    inCluster: true,
    namespace: "audit",
    identity: "forwarder-0",
    listen: { host: "::", port: 9090 },
    snapshotEvery: 1_800_000,
    bus: { name: "from-flag", region: "us-east-2", source: "dsaudit/env", wishesQueue: undefined },
  });
});

test("a kubeconfig that is named wins over the pod's service account", () => {
  const environment = { KUBERNETES_SERVICE_HOST: "10.0.0.1" };

  expect(settings([...NEEDED, "--kubeconfig", "k"], environment).inCluster).toBe(false);
});

test("the service account's namespace is the Lease's, unless another is named", () => {
  const inPod = { ...OUTSIDE, podNamespace: "from-pod" };

  expect(settingsOf(NEEDED, inPod)).toMatchObject({ namespace: "from-pod" });
  expect(settingsOf([...NEEDED, "--namespace=other"], inPod)).toMatchObject({ namespace: "other" });
});

test("a bus by its ARN says its region itself", () => {
  const arn = "arn:aws:events:eu-north-1:123456789012:event-bus/team/dsaudit";

  expect(settings(["--bus", arn, "--source", "s"]).bus).toMatchObject({
    name: arn,
    region: "eu-north-1",
  });
});

test("a dry run needs nothing, and has no bus", () => {
  expect(settings(["--dry-run"])).toMatchObject({
    bus: undefined,
    listen: { host: "127.0.0.1", port: 0 },
  });
  expect(settings([], { DSAUDIT_DRY_RUN: "true" }).bus).toBeUndefined();
  expect(settings(NEEDED, { DSAUDIT_DRY_RUN: "false" }).bus).toBeDefined();
});

test.each([
  [["--listen", "8080"], '--listen "8080": an address is like 0.0.0.0:8080'],
  [["--listen", "x:99999"], '--listen "x:99999": an address'],
  [["--snapshot-every", "10s"], '--snapshot-every "10s": a time is like 90s, 30m or 1h'],
  [["--snapshot-every", "2d"], '--snapshot-every "2d": a time'],
  [["--snapshot-every", "25h"], '--snapshot-every "25h": a time'],
  [["--log-level", "loud"], '--log-level "loud": it is one of: debug, info, warn, error'],
  [["--namespace", "No"], '--namespace "No": a namespace is of lower-case letters'],
  [["--identity", "a b"], '--identity "a b": an identity is of letters'],
  [["--source", "aws.x"], '--source "aws.x": EventBridge takes no source that begins with aws.'],
  [["--source", "a b"], '--source "a b": a source is of letters'],
  [["--bus", "a b"], '--bus "a b": a bus is a name like dsaudit, or an ARN'],
  [["--bus", "arn:aws:sqs:eu-west-1:1:x"], "a bus is a name like dsaudit, or an ARN"],
  [["--region", "Ireland"], '--region "Ireland": a region is like eu-west-1'],
  [["--endpoint", "vpce"], '--endpoint "vpce": an address is like https://'],
  [["--endpoint", "https://u:p@h"], '--endpoint "https://u:p@h": an address'],
  [["--wishes-queue", "https://sqs.x/"], "a queue is named by its URL"],
  [["--dry-run=perhaps"], '--dry-run "perhaps": it is true or false'],
  [["--buss", "x"], '"--buss" is no flag. Did you mean "--bus"?'],
  [["watch"], '"watch" is no flag; this program takes only flags'],
  [["--context"], "--context needs a value: --context NAME"],
] as const)("%j is named with its value and what would be right", (argv, says) => {
  expect(complaint([...NEEDED, ...argv])).toContain(says);
});

test("a variable that is wrong is named as such, and is not called missing", () => {
  const environment = { DSAUDIT_BUS: "a b", AWS_REGION: "moon", DSAUDIT_SOURCE: "s" };

  expect(complaint([], environment)).toMatch(/^DSAUDIT_BUS "a b": .+\nAWS_REGION "moon": [^\n]+$/);
});

test("all that is missing is told at once, with what to do", () => {
  expect(complaint([]).split("\n")).toEqual([
    "--bus is missing: name the bus with --bus or DSAUDIT_BUS, or try --dry-run",
    "--region is missing: name it with --region or AWS_REGION",
    "--source is missing: name the cluster with --source or DSAUDIT_SOURCE, like dsaudit/prod-1",
  ]);
});

test("what steers a terminal is shown, not obeyed", () => {
  expect(complaint([...NEEDED, "--bus", "\u001b[31mred"])).toContain('"\\x1b[31mred"');
});

test.each([
  [["--help"], "help"],
  [["-h"], "help"],
  [["--version"], "version"],
  [["-V", "--bus", "a b"], "version"],
] as const)("%j asks for one thing only", (argv, answer) => {
  expect(settingsOf(argv, OUTSIDE)).toBe(answer);
});

test("the help names every flag, and no line is too wide for a page", () => {
  const lines = helpText().split("\n");

  for (const { flag } of Object.values(OPTIONS)) expect(helpText()).toContain(`\n  --${flag}`);
  expect(lines.filter((line) => line.length > 140)).toEqual([]);
});
