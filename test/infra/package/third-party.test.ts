import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { licensesText, packageFolder, thirdParties } from "../../../infra/package/third-party.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "dsaudit-licences-"));
  await put("a", { name: "a", version: "1.0.0", license: "MIT" }, { LICENSE: "of a\r\n" });
  await put(
    "@b/c",
    { name: "@b/c", version: "2.0.0", license: "Apache-2.0" },
    { "LICENSE.txt": "of c", NOTICE: "notice of c" },
  );
  await put("bare", { name: "bare", version: "3.0.0", license: "ISC" }, {});
  await put("strict", { name: "strict", version: "4.0.0", license: "GPL-3.0-only" }, {});
  await put("mute", { name: "mute", version: "5.0.0" }, {});
});
afterAll(() => rm(root, { recursive: true }));

async function put(
  name: string,
  manifest: object,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = join(root, "node_modules", name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
}

test.each([
  ["a file of ours is of no package", "shared/audit/cause.ts", undefined],
  ["a package", "node_modules/a/lib/x.js", "node_modules/a"],
  ["one with a scope", "node_modules/@b/c/x.js", "node_modules/@b/c"],
  [
    "one inside another",
    "node_modules/a/node_modules/@b/c/x.js",
    "node_modules/a/node_modules/@b/c",
  ],
])("%s", (_what, file, folder) => {
  expect(packageFolder(file)).toBe(folder);
});

test("each package is named once, with all its licence and notice texts", async () => {
  const files = [
    "node_modules/bare/x.js",
    "node_modules/a/x.js",
    "node_modules/a/y.js",
    "node_modules/@b/c/z.js",
    "shared/x.ts",
  ];

  const [first, ...rest] = licensesText(await thirdParties(root, files)).split(/\n-{80}\n\n/);

  expect(first).toBe("dsaudit holds code of these packages, under these licences.\n");
  expect(rest).toEqual([
    "@b/c 2.0.0 (Apache-2.0)\n\nof c\n\nnotice of c\n",
    "a 1.0.0 (MIT)\n\nof a\n",
    "bare 3.0.0 (ISC)\n\nThe package brings no licence text; its package.json says ISC.\n",
  ]);
});

test.each([
  ["strict", 'strict is in the bundle, and its licence "GPL-3.0-only" is not on our list'],
  ["mute", 'mute is in the bundle, and its licence "undefined" is not on our list'],
])("a package that may not be handed on is refused: %s", async (name, says) => {
  await expect(thirdParties(root, [`node_modules/${name}/x.js`])).rejects.toThrow(says);
});
