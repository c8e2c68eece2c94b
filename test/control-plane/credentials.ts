import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";

/** Users of a bed and their groups; the bare ones are for tests that take rights away one by one. */
export const USERS = {
  admin: "system:masters",
  "kube-controller-manager": "",
  "kube-scheduler": "",
  hollow: "system:masters",
  reader: "",
  executor: "",
} as const;
export type User = keyof typeof USERS;
export type Tokens = Readonly<Record<User, string>>;

/** RBAC's built-in bindings know the components by these names. */
const userName = (user: User): string =>
  user === "kube-controller-manager" || user === "kube-scheduler" ? `system:${user}` : user;

const newTokens = (): Tokens => ({
  admin: randomBytes(16).toString("hex"),
  "kube-controller-manager": randomBytes(16).toString("hex"),
  "kube-scheduler": randomBytes(16).toString("hex"),
  hollow: randomBytes(16).toString("hex"),
  reader: randomBytes(16).toString("hex"),
  executor: randomBytes(16).toString("hex"),
});

const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    // Whatever an identity of ours asks for is kept, reads too.
    { level: "Metadata", users: ["reader", "executor"] },
    { level: "None", verbs: ["get", "list", "watch"] },
    { level: "None", resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
    { level: "Metadata" },
  ],
};

/** Keys, tokens and the audit policy of a new bed, written into its folder. */
export async function writeCredentials(dir: string): Promise<Tokens> {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const tokens = newTokens();
  const rows = (Object.keys(USERS) as User[]).map(
    (user) => `${tokens[user]},${userName(user)},${user},"${USERS[user]}"`,
  );
  const secret = { mode: 0o600 };
  await writeFile(join(dir, "sa.key"), pair.privateKey, secret);
  await writeFile(join(dir, "sa.pub"), pair.publicKey);
  await writeFile(join(dir, "tokens.csv"), `${rows.join("\n")}\n`, secret);
  await writeFile(join(dir, "audit-policy.yaml"), stringify(AUDIT_POLICY));
  return tokens;
}

/** The API server signs its own serving certificate, which is therefore its own authority. */
export async function writeKubeconfig(
  dir: string,
  user: User,
  port: number,
  token: string,
): Promise<void> {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "bed",
    clusters: [
      {
        name: "bed",
        cluster: {
          server: `https://127.0.0.1:${port}`,
          "certificate-authority": join(dir, "apiserver.crt"),
        },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: "bed", context: { cluster: "bed", user } }],
  };
  await writeFile(join(dir, `${user}.kubeconfig`), stringify(config), { mode: 0o600 });
}
