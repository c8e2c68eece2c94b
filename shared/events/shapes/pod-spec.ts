import * as z from "zod";
import { flag, list, number, pairs, resources, text, type Told } from "./field.ts";
import { LabelSelector, NodeSelector } from "./selector.ts";

export const Toleration = z.strictObject({
  key: text("key of the taint").optional(),
  operator: text("Equal, Exists …").optional(),
  value: text("value of the taint").optional(),
  effect: text("effect of the taint").optional(),
  tolerationSeconds: number("for how long").optional(),
});

const Port = z.strictObject({
  containerPort: number("port inside the pod").optional(),
  hostPort: number("port on the node").optional(),
  hostIP: text("address on the node").optional(),
  protocol: text("TCP unless said").optional(),
});

const Amounts = z.strictObject({
  requests: resources("amounts asked for").optional(),
  limits: resources("most that it may use").optional(),
});

export const Container = z.strictObject({
  name: text("name of the container").optional(),
  image: text("name of the image").optional(),
  resources: Amounts.optional(),
  ports: list(Port).optional(),
  restartPolicy: z
    .literal("Always")
    .describe("of an init container: it runs beside the pod")
    .optional(),
});

const optional = flag("the pod starts without it too").optional();

/** At most one of the sources; none: of a sort that no rule reads. */
export const Volume = z.strictObject({
  name: text("name of the volume").optional(),
  persistentVolumeClaim: z
    .strictObject({ claimName: text("name of the claim").optional() })
    .optional(),
  ephemeral: z.strictObject({}).describe("has a claim of its own").optional(),
  csi: z.strictObject({ driver: text("name of the driver").optional() }).optional(),
  hostPath: z.strictObject({ path: text("path on the node").optional() }).optional(),
  configMap: z
    .strictObject({
      name: text("name of the ConfigMap, never its content").optional(),
      optional,
    })
    .optional(),
  secret: z
    .strictObject({
      secretName: text("name of the Secret, never its content").optional(),
      optional,
    })
    .optional(),
});

export const AffinityTerm = z.strictObject({
  labelSelector: LabelSelector.optional(),
  namespaces: list(text("namespace")).optional(),
  namespaceSelector: LabelSelector.optional(),
  topologyKey: text("label of nodes").optional(),
  matchLabelKeys: list(text("label")).optional(),
  mismatchLabelKeys: list(text("label")).optional(),
});
const PodAffinity = z.strictObject({
  requiredDuringSchedulingIgnoredDuringExecution: list(AffinityTerm).optional(),
});
export const Affinity = z.strictObject({
  nodeAffinity: z
    .strictObject({ requiredDuringSchedulingIgnoredDuringExecution: NodeSelector.optional() })
    .optional(),
  podAffinity: PodAffinity.optional(),
  podAntiAffinity: PodAffinity.optional(),
});

const Spread = z.strictObject({
  topologyKey: text("label of nodes").optional(),
  maxSkew: number("1 unless said").optional(),
  whenUnsatisfiable: text("what then").optional(),
  labelSelector: LabelSelector.optional(),
  minDomains: number("fewest domains").optional(),
  nodeAffinityPolicy: text("Honor or Ignore").optional(),
  nodeTaintsPolicy: text("Honor or Ignore").optional(),
  matchLabelKeys: list(text("label")).optional(),
});

/** spec of a pod, or of a DaemonSet's template. */
export const PodSpec = z.strictObject({
  nodeName: text("node it is bound to").optional(),
  nodeSelector: pairs("labels that it asks of nodes").optional(),
  affinity: Affinity.optional(),
  topologySpreadConstraints: list(Spread).optional(),
  tolerations: list(Toleration).optional(),
  containers: list(Container).optional(),
  initContainers: list(Container).optional(),
  volumes: list(Volume).optional(),
  resources: Amounts.optional(),
  overhead: resources("what its RuntimeClass adds").optional(),
  hostNetwork: flag("it uses the network of the node").optional(),
  priority: number("priority").optional(),
  priorityClassName: text("name of its PriorityClass").optional(),
  preemptionPolicy: text("whether it may evict others").optional(),
  schedulerName: text("who places it").optional(),
  schedulingGates: list(z.strictObject({ name: text("name of the gate").optional() })).optional(),
  runtimeClassName: text("name of its RuntimeClass").optional(),
  serviceAccountName: text("name of its ServiceAccount, never a token").optional(),
  readinessGates: list(
    z.strictObject({ conditionType: text("condition that it waits for").optional() }),
  ).optional(),
  terminationGracePeriodSeconds: number("time it gets to end").optional(),
  os: z.strictObject({ name: text("linux or windows").optional() }).optional(),
});

export type TolerationShape = Told<z.infer<typeof Toleration>>;
export type ContainerShape = Told<z.infer<typeof Container>>;
export type AmountsShape = Told<z.infer<typeof Amounts>>;
export type VolumeShape = Told<z.infer<typeof Volume>>;
export type AffinityTermShape = Told<z.infer<typeof AffinityTerm>>;
export type AffinityShape = Told<z.infer<typeof Affinity>>;
export type SpreadShape = Told<z.infer<typeof Spread>>;
export type PodSpecShape = Told<z.infer<typeof PodSpec>>;
