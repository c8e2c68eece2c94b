import { expect, test } from "vitest";
import { CONFIG } from "./hostile/config.ts";
import { CORPUS, type Hostile } from "./hostile/corpus.ts";
import { envelope } from "./hostile/envelope.ts";
import { name } from "./hostile/name.ts";
import { NOT_HERE } from "./hostile/not-here.ts";
import { OBJECTS } from "./hostile/object.ts";
import { quantity } from "./hostile/quantity.ts";
import { RENDER } from "./hostile/render.ts";
import { SIZE } from "./hostile/size.ts";

type Check = (hostile: Hostile) => void | Promise<void>;

/** Of these areas every input is fed the same way. */
const BY_AREA: ReadonlyMap<string, Check> = new Map([
  ["quantity", quantity],
  ["name", name],
  ["envelope", envelope],
]);
const BY_ID: ReadonlyMap<string, Check> = new Map([...OBJECTS, ...RENDER, ...CONFIG, ...SIZE]);

const checkOf = ({ id, area }: Hostile): Check | undefined => BY_ID.get(id) ?? BY_AREA.get(area);

const met = CORPUS.filter((hostile) => checkOf(hostile) !== undefined);

test.skipIf(CORPUS.length === 0)("no open hostile input is passed over in silence", () => {
  const ids = CORPUS.map(({ id }) => id);
  const elsewhere = [...NOT_HERE.keys()];

  expect([...met.map(({ id }) => id), ...elsewhere].toSorted()).toEqual(ids.toSorted());
});

test.each(met.map((hostile) => [hostile.id, hostile.class, hostile] as const))(
  "%s: %s",
  async (_id, _outcome, hostile) => {
    await expect(Promise.resolve(checkOf(hostile)?.(hostile))).resolves.toBeUndefined();
  },
);
