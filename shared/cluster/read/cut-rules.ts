import type { CutRule, Top } from "./cut-object.ts";

const array = (key: string): CutRule => ({ key, opener: "[", does: "drop" });
const object = (key: string): CutRule => ({ key, opener: "{", does: "drop" });
const share = (under: Top, key: string, opener: "{" | "["): CutRule => ({
  key,
  opener,
  does: "share",
  under,
});

/**
 * What no rule of ours reads, and what may hold secrets. A key is dropped only where its value opens with the given bracket,
 * which a label, a selector or an annotation of the same name never does.
 */
const UNREAD: readonly CutRule[] = [
  array("env"),
  array("envFrom"),
  array("args"),
  array("command"),
  array("volumeMounts"),
  array("volumeDevices"),
  array("images"),
  array("imagePullSecrets"),
  array("preferredDuringSchedulingIgnoredDuringExecution"),
  object("livenessProbe"),
  object("readinessProbe"),
  object("startupProbe"),
  object("lifecycle"),
  object("securityContext"),
  object("projected"),
  object("data"),
  object("binaryData"),
  object("stringData"),
  { key: "kubectl.kubernetes.io/last-applied-configuration", opener: '"', does: "drop" },
  // Of a DaemonSet we want to know who writes it; only once the kind is known can anything be dropped.
  { key: "managedFields", opener: "[", does: "drop", butOf: "DaemonSet" },
];

/** What very many pods have in common. */
const COMMON: readonly CutRule[] = [
  share("metadata", "labels", "{"),
  share("metadata", "ownerReferences", "["),
  share("spec", "containers", "["),
  share("spec", "initContainers", "["),
  share("spec", "tolerations", "["),
  share("spec", "affinity", "{"),
];

export const CUT_RULES: readonly CutRule[] = [...UNREAD, ...COMMON];
