import { OUR_PREFIX } from "#shared/cluster/metadata.ts";
import {
  count64,
  flag,
  int32,
  list,
  map,
  mapOfSome,
  message,
  one,
  text,
  time,
  word,
  words,
  type Message,
} from "./message.ts";

// Field numbers: k8s.io/apimachinery/pkg/apis/meta/v1 and pkg/runtime, generated.proto. They never change.

/** Annotations of others that a reader asks for, and the mark at the end of what there was before a watch. */
const READ: ReadonlySet<string> = new Set([
  "karpenter.sh/do-not-disrupt",
  "cluster-autoscaler.kubernetes.io/safe-to-evict",
  "cluster-autoscaler.kubernetes.io/scale-down-disabled",
  "deprecated.daemonset.template.generation",
  "scheduler.alpha.kubernetes.io/node-selector",
  "openshift.io/node-selector",
  "k8s.io/initial-events-end",
]);
export const isRead = (key: string): boolean => READ.has(key) || key.startsWith(OUR_PREFIX);

const owner = message({
  1: word("kind"),
  3: word("name"),
  4: word("uid"),
  6: flag("controller"),
});

const COMMON = {
  1: text("name"),
  3: word("namespace"),
  5: text("uid"),
  6: text("resourceVersion"),
  7: count64("generation"),
  8: time("creationTimestamp"),
  9: time("deletionTimestamp"),
  11: map("labels"),
  12: mapOfSome("annotations", isRead),
  13: list("ownerReferences", owner),
};

export const metadata = one("metadata", message(COMMON));

/** With the names of those who wrote to it. */
export const managedMetadata = one(
  "metadata",
  message({ ...COMMON, 17: list("managedFields", message({ 1: word("manager") })) }),
);

const requirement = message({ 1: word("key"), 2: word("operator"), 3: words("values") });

export const labelSelector = message({
  1: map("matchLabels"),
  2: list("matchExpressions", requirement),
});

export const nodeSelector = message({
  1: list(
    "nodeSelectorTerms",
    message({ 1: list("matchExpressions", requirement), 2: list("matchFields", requirement) }),
  ),
});

/** Any object, as far as a bookmark goes. */
export const bookmark: Message = message({ 1: metadata });

export const status: Message = message({ 3: text("message"), 6: int32("code") });

export const typeMeta: Message = message({ 1: word("apiVersion"), 2: word("kind") });

export const listMeta: Message = message({ 2: text("resourceVersion"), 3: text("continue") });
