/** Milliseconds since the Unix epoch. The core never asks what time it is; it is told. */
export type Instant = number;

/** Label keys and values come from outside, so they live in a Map: a key called "constructor" is a key like any other. */
export type Labels = ReadonlyMap<string, string>;

export type OwnerReference = {
  readonly kind: string;
  readonly name: string;
  /** Empty when the reference carried none: such an owner proves nothing. */
  readonly uid: string;
  readonly controller: boolean;
};

/** What every Kubernetes object carries, as far as we keep it. */
export type Metadata = {
  readonly name: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Labels;
  /** Our own annotations only, without the `dsaudit.dev/` prefix. */
  readonly annotations: Labels;
  readonly owners: readonly OwnerReference[];
  readonly generation: number | undefined;
  readonly createdAt: Instant | undefined;
  /** metadata.deletionTimestamp: request time plus grace, so the moment by which it should be gone. */
  readonly deletionAt: Instant | undefined;
};

/** The one prefix of every label, annotation and taint that is ours. */
export const OUR_PREFIX = "dsaudit.dev/";

export const controllerOf = (object: {
  readonly owners: readonly OwnerReference[];
}): OwnerReference | undefined => object.owners.find((owner) => owner.controller);

/** "namespace/name", or the bare name of a cluster-scoped object. */
export const keyOf = (object: { readonly namespace: string; readonly name: string }): string =>
  object.namespace === "" ? object.name : `${object.namespace}/${object.name}`;

/** "namespace/name" taken apart at its first slash; a bare name has the namespace "". */
export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf("/");
  return slash === -1
    ? { namespace: "", name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
