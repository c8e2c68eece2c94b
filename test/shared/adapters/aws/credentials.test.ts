import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { putEvents } from "#shared/adapters/aws/put-events.ts";
import { awsEnvironment } from "../../../fixtures/aws-environment.ts";
import { REGION } from "../../../fixtures/aws-json-server.ts";
import { startEventBridge, type EventBridgeServer } from "../../../fixtures/event-bridge-server.ts";

const signal = new AbortController().signal;
const open = awsEnvironment();
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dsaudit-credentials-"));
});
afterEach(async () => rm(folder, { recursive: true }));

const LATER = new Date(Date.now() + 3_600_000).toISOString();
const keyFor = (token: string): string => `ASIA${token.toUpperCase()}`;

/** STS and the Pod Identity agent in one: whose token is "one" gets the key ASIAONE. */
async function startIdentities(): Promise<string> {
  const respond = async (request: IncomingMessage): Promise<string> => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const form = new URLSearchParams(Buffer.concat(pieces).toString());
    if (form.get("Action") !== "AssumeRoleWithWebIdentity")
      return JSON.stringify({
        AccessKeyId: keyFor(request.headers.authorization ?? ""),
        SecretAccessKey: "not a secret",
        Token: "session",
        Expiration: LATER,
      });
    return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <AssumeRoleWithWebIdentityResult><Credentials>
        <AccessKeyId>${keyFor(form.get("WebIdentityToken") ?? "")}</AccessKeyId>
        <SecretAccessKey>not a secret</SecretAccessKey>
        <SessionToken>session</SessionToken><Expiration>${LATER}</Expiration>
      </Credentials></AssumeRoleWithWebIdentityResult>
    </AssumeRoleWithWebIdentityResponse>`;
  };
  const server = createServer(
    (request, response) => void respond(request).then((text) => response.end(text)),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const keysOf = ({ calls }: EventBridgeServer): readonly string[] =>
  calls.map(({ accessKey }) => accessKey);

test.each<readonly [string, (identities: string, file: string) => Record<string, string>]>([
  [
    "IRSA",
    (identities, file) => ({
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/dsaudit",
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      AWS_ENDPOINT_URL_STS: identities,
    }),
  ],
  [
    "EKS Pod Identity",
    (identities, file) => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${identities}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
    }),
  ],
])(
  "%s is asked once, and after an expired token again, with the token as it is then",
  async (_what, env) => {
    const file = join(folder, "token");
    for (const [name, value] of Object.entries(env(await startIdentities(), file)))
      vi.stubEnv(name, value);
    const expired = { status: 403, type: "ExpiredTokenException" };
    const bus = await startEventBridge({
      fault: ({ number }) => (number === 2 ? expired : undefined),
    });
    const to = putEvents({
      region: REGION,
      bus: "dsaudit",
      source: "dsaudit/east",
      endpoint: bus.url,
    });
    open.push(to, bus);

    for (const token of ["one", "two", "three", "four"]) {
      await writeFile(file, token);
      await to.putEntries([{ detailType: "NodeStates", detail: "{}" }], signal);
    }
    expect(keysOf(bus)).toEqual(["ASIAONE", "ASIAONE", "ASIAONE", "ASIAFOUR"]);
  },
);

test("a provider that never answers costs no more than the whole time", async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  open.push({
    close() {
      silent.closeAllConnections();
      silent.close();
    },
  });
  vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `http://127.0.0.1:${port}/v1/credentials`);
  const to = putEvents({
    region: REGION,
    bus: "dsaudit",
    source: "dsaudit/east",
    timeouts: { whole: 300 },
  });
  open.push(to);
  const before = performance.now();

  expect(await to.putEntries([{ detailType: "NodeStates", detail: "{}" }], signal)).toEqual([
    { accepted: false, code: "TimedOut", message: "no answer within 300 ms" },
  ]);
  expect(performance.now() - before).toBeLessThan(5000);
});
