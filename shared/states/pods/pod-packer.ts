import type { Instant } from "#shared/cluster/metadata.ts";
import type { Pod, PodStatus } from "#shared/cluster/pod.ts";
import { canonical } from "./canonical.ts";
import { vectors, widthOf, type Vectors } from "./columns.ts";
import { registry, type Counted, type Registry } from "./counted.ts";
import { NO_SUFFIX, packSuffix, unpackSuffix } from "./packed.ts";
import { parts as newParts, type Parts } from "./parts.ts";
import { filedUnder, podClasses, specOf, type HeldClass, type PodClasses } from "./pod-class.ts";
import { COLUMN, idOf, type MomentWidth, type Odd, type Row, type Sheet } from "./sheet.ts";
import { statusOf, statusShapes, type StatusShape, type StatusShapes } from "./status-shape.ts";

/** A node as far as pods name it, with the first of the pods that are filed under it, as a link. */
export type NodeList = Counted<{ head: number }>;

type Place = readonly [Sheet, number];

/** Makes rows of pods and pods of rows. What rows share is counted: each row that is packed must be released once. */
export type PodPacker = {
  pack(pod: Pod): Row;
  release(sheet: Sheet, row: number): void;
  unpack(sheet: Sheet, row: number): Pod | undefined;
  /** Whether two rows, each of its sheet, say the same of one pod. */
  same(a: Place, b: Place): boolean;
  classOf(sheet: Sheet, row: number): HeldClass | undefined;
  nameOf(sheet: Sheet, row: number): string;
  /** While it is not bound; "" where no node was promised. */
  nominatedOf(sheet: Sheet, row: number): string;
  readonly nodes: Registry<NodeList["value"]>;
  sizes(): { readonly classes: number; readonly shapes: number; readonly bytes: number };
};

const SECONDS_END = 2 ** 32;
/** A moment as whole seconds that fit a column: all that API servers write, until 2106. */
const isWhole = (at: Instant | undefined): at is Instant =>
  at !== undefined && at % 1000 === 0 && at >= 0 && at / 1000 < SECONDS_END && !Object.is(at, -0);

/** What an entry of a registry takes in V8, beside its key, about. */
const ENTRY_BYTES = 250;

/** What rows refer to by number. */
type Shared = {
  readonly parts: Parts;
  readonly classes: PodClasses;
  readonly shapes: StatusShapes;
  readonly vectors: Vectors;
  readonly nodes: Registry<NodeList["value"]>;
};

export function podPacker(): PodPacker {
  const parts = newParts();
  const shared: Shared = {
    parts,
    classes: podClasses(parts),
    shapes: statusShapes(parts),
    vectors: vectors(),
    nodes: registry(),
  };
  return {
    nodes: shared.nodes,
    pack: (pod) => pack(shared, pod),
    release: (sheet, row) => release(shared, sheet, row),
    unpack: (sheet, row) => unpack(shared, sheet, row),
    same: (a, b) => same(shared, a, b),
    classOf: (sheet, row) => classOf(shared, sheet, row),
    nameOf: (sheet, row) => nameOf(shared, sheet, row),
    nominatedOf: (sheet, row) => nominatedOf(shared, sheet, row),
    sizes: () => sizesOf(shared),
  };
}

/** The status as a shape and seconds since `base`; shape 0: its moments do not fit. */
function packStatus(
  { shapes, vectors }: Shared,
  status: PodStatus,
  { base, of }: { readonly base: number; readonly of: HeldClass },
): Pick<Row, "status" | "moments" | "width"> {
  const instants: Instant[] = [];
  const shape = shapes.of(status, instants, shapes.at(of.likelyShape));
  shapes.keep(shape);
  of.likelyShape = shape.id;
  // In place: they are nobody else's.
  const seconds = instants;
  for (let each = 0; each < instants.length; each += 1) {
    const at = instants[each] ?? 0;
    seconds[each] = at % 1000 === 0 && !Object.is(at, -0) ? at / 1000 - base : Number.NaN;
  }
  const width: MomentWidth | undefined = widthOf(seconds);
  if (width !== undefined) return { status: shape.id, moments: vectors.put(seconds, width), width };
  shapes.drop(shape);
  return { status: 0, moments: 0, width: 0 };
}

function pack(shared: Shared, pod: Pod): Row {
  const { classes, nodes } = shared;
  const nodeName = filedUnder(pod);
  const of = classes.of(pod, nodeName);
  classes.keep(of);
  const node = nodes.find(nodeName) ?? nodes.add(nodeName, { head: 0 });
  nodes.keep(node);
  const suffix = packSuffix(pod.name);
  const createdAt = isWhole(pod.createdAt) ? pod.createdAt / 1000 : 0;
  const status = packStatus(shared, pod.status, { base: createdAt, of: of.value });
  return {
    id: idOf(pod),
    class: of.id,
    ...status,
    node: node.id,
    bound: pod.spec.nodeName !== "",
    suffix,
    name: suffix === NO_SUFFIX ? pod.name : undefined,
    createdAt,
    odd: oddOf(pod, status.status === 0),
  };
}

const shapeOf = ({ shapes }: Shared, sheet: Sheet, row: number): StatusShape | undefined =>
  shapes.at(sheet.get(row, COLUMN.status));
const classOf = ({ classes }: Shared, sheet: Sheet, row: number): HeldClass | undefined =>
  classes.at(sheet.get(row, COLUMN.class))?.value;

const secondsOf = (shared: Shared, sheet: Sheet, row: number): readonly number[] =>
  shared.vectors.get(
    sheet.get(row, COLUMN.moments),
    shapeOf(shared, sheet, row)?.value.moments ?? 0,
    sheet.widthOf(row),
  );

const nameOf = (shared: Shared, sheet: Sheet, row: number): string =>
  sheet.nameOf(row) ??
  (classOf(shared, sheet, row)?.prefix ?? "") + unpackSuffix(sheet.suffixOf(row));

function release(shared: Shared, sheet: Sheet, row: number): void {
  const { classes, nodes, shapes } = shared;
  const shape = shapeOf(shared, sheet, row);
  const of = classes.at(sheet.get(row, COLUMN.class));
  const node = nodes.at(sheet.get(row, COLUMN.node));
  if (shape !== undefined) {
    const place = sheet.get(row, COLUMN.moments);
    shared.vectors.free(place, shape.value.moments, sheet.widthOf(row));
    shapes.drop(shape);
  }
  if (of !== undefined) classes.drop(of);
  if (node !== undefined) nodes.drop(node);
}

function unpackStatus(shared: Shared, sheet: Sheet, row: number): PodStatus | undefined {
  const shape = shapeOf(shared, sheet, row);
  if (shape === undefined) return sheet.oddOf(row)?.status;
  const base = sheet.get(row, COLUMN.createdAt);
  return statusOf(
    shape,
    secondsOf(shared, sheet, row).map((second) => (second + base) * 1000),
  );
}

function unpack(shared: Shared, sheet: Sheet, row: number): Pod | undefined {
  const of = classOf(shared, sheet, row);
  const status = unpackStatus(shared, sheet, row);
  if (of === undefined || status === undefined) return undefined;
  const { createdAt, deletionAt } = sheet.oddOf(row) ?? NOT_ODD;
  const node = shared.nodes.at(sheet.get(row, COLUMN.node))?.key ?? "";
  const { namespace, labels, annotations, owners, generation, doNotDisrupt } = of;
  return {
    name: nameOf(shared, sheet, row),
    namespace,
    uid: sheet.uidOf(row),
    labels,
    annotations,
    owners,
    generation,
    createdAt: createdAt === undefined ? sheet.get(row, COLUMN.createdAt) * 1000 : createdAt.is,
    deletionAt,
    spec: specOf(of, sheet.isBound(row) ? node : "", node),
    status,
    doNotDisrupt,
  };
}

function same(shared: Shared, [a, rowA]: Place, [b, rowB]: Place): boolean {
  for (let column = COLUMN.class; column < COLUMN.moments; column += 1)
    if (a.get(rowA, column) !== b.get(rowB, column)) return false;
  if (a.nameOf(rowA) !== b.nameOf(rowB)) return false;
  const [oddA, oddB] = [a.oddOf(rowA), b.oddOf(rowB)];
  if ((oddA ?? oddB) !== undefined && canonical(oddA) !== canonical(oddB)) return false;
  const seconds = secondsOf(shared, b, rowB);
  return secondsOf(shared, a, rowA).every((second, at) => second === seconds[at]);
}

function nominatedOf(shared: Shared, sheet: Sheet, row: number): string {
  if (sheet.isBound(row)) return "";
  const status = shapeOf(shared, sheet, row)?.value.sample ?? sheet.oddOf(row)?.status;
  return status?.nominatedNodeName ?? "";
}

function sizesOf({ parts, classes, shapes, nodes, vectors }: Shared) {
  const sizes = [parts.size(), classes.size(), shapes.size(), nodes.size()];
  const held = sizes.reduce((sum, { entries, text }) => sum + entries * ENTRY_BYTES + text, 0);
  return {
    classes: classes.size().entries,
    shapes: shapes.size().entries,
    bytes: vectors.bytes() + held,
  };
}

const NOT_ODD: Odd = {};

function oddOf({ createdAt, deletionAt, status }: Pod, oddStatus: boolean): Odd | undefined {
  const whole = isWhole(createdAt);
  if (whole && deletionAt === undefined && !oddStatus) return undefined;
  return {
    ...(whole ? {} : { createdAt: { is: createdAt } }),
    ...(deletionAt === undefined ? {} : { deletionAt }),
    ...(oddStatus ? { status } : {}),
  };
}
