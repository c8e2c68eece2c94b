import { cutRules, type CutRules } from "./json-bytes.ts";

const array = (key: string) => ({ key, opener: "[" }) as const;
const object = (key: string) => ({ key, opener: "{" }) as const;

/**
 * What no rule of ours reads, and what may hold secrets. A key is dropped only where its value opens with the given bracket,
 * which a label, a selector or an annotation of the same name never does.
 */
const UNREAD = [
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
  { key: "kubectl.kubernetes.io/last-applied-configuration", opener: '"' },
] as const;

const WITH_MANAGERS = cutRules(UNREAD);
const WITHOUT_MANAGERS = cutRules([...UNREAD, array("managedFields")]);

/** Of a typed list only DaemonSets keep their managed fields: who else writes to them is worth knowing. */
export const cutRulesFor = (listKind: string): CutRules =>
  listKind === "" || listKind === "List" || listKind === "DaemonSetList"
    ? WITH_MANAGERS
    : WITHOUT_MANAGERS;
