import type { Kind, NotSeen } from "#shared/cluster/cluster.ts";
import { RESOURCES } from "#shared/cluster/read/object.ts";
import { parseVersion, type Version } from "#shared/cluster/version.ts";
import type { ObjectBundle } from "./bundle.ts";

/** What is known of the cluster itself: its version, and which kinds nobody has seen. */
export type AboutCluster = {
  readonly bundle: () => Extract<ObjectBundle, { readonly kind: "cluster" }>;
  readonly saw: (kind: Kind) => void;
  /** Its whole list: whatever was the matter with it is over. */
  readonly sawAll: (kind: Kind) => void;
  readonly notSeen: (entry: NotSeen) => void;
  readonly sawVersion: (text: string) => void;
};

export function aboutCluster(changed: () => void): AboutCluster {
  const seen = new Set<Kind>();
  const missing = new Map<Kind, NotSeen>();
  let version: Version | undefined;

  const unseen = (): readonly NotSeen[] =>
    RESOURCES.flatMap(({ kind }): readonly NotSeen[] => {
      const told = missing.get(kind);
      if (told) return [told];
      return seen.has(kind) ? [] : [{ kind, why: "absent", detail: "" }];
    });
  const isNew = (kind: Kind): boolean => {
    const first = !seen.has(kind);
    seen.add(kind);
    return first && !missing.has(kind);
  };

  return {
    bundle: () => ({ kind: "cluster", version, notSeen: unseen() }),
    saw(kind) {
      if (isNew(kind)) changed();
    },
    sawAll(kind) {
      const first = isNew(kind);
      if (missing.delete(kind) || first) changed();
    },
    notSeen(entry) {
      const before = missing.get(entry.kind);
      missing.set(entry.kind, entry);
      if (before?.why !== entry.why || before.detail !== entry.detail) changed();
    },
    sawVersion(text) {
      const parsed = parseVersion(text);
      if (parsed === undefined || parsed.text === version?.text) return;
      version = parsed;
      changed();
    },
  };
}
