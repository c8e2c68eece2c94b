import { Condition, ObjectMeta, type Message } from "./protobuf-message.ts";

const Probe: Message = {
  httpGet: [[1, 2], { path: [1, "text"], port: [2, "number-or-text"], scheme: [4, "text"] }],
  timeoutSeconds: [3, "number"],
  periodSeconds: [4, "number"],
  successThreshold: [5, "number"],
  failureThreshold: [6, "number"],
};

const Container: Message = {
  name: [1, "text"],
  image: [2, "text"],
  args: [4, "text", "many"],
  ports: [6, { name: [1, "text"], containerPort: [3, "number"], protocol: [4, "text"] }, "many"],
  env: [
    7,
    {
      name: [1, "text"],
      value: [2, "text"],
      valueFrom: [3, { fieldRef: [1, { apiVersion: [1, "text"], fieldPath: [2, "text"] }] }],
    },
    "many",
  ],
  resources: [8, { limits: [1, "quantities"], requests: [2, "quantities"] }],
  volumeMounts: [9, { name: [1, "text"], readOnly: [2, "yes-no"], mountPath: [3, "text"] }, "many"],
  livenessProbe: [10, Probe],
  readinessProbe: [11, Probe],
  terminationMessagePath: [13, "text"],
  imagePullPolicy: [14, "text"],
  securityContext: [15, { runAsUser: [4, "number"], allowPrivilegeEscalation: [7, "yes-no"] }],
  terminationMessagePolicy: [20, "text"],
};

const Requirement: Message = {
  key: [1, "text"],
  operator: [2, "text"],
  values: [3, "text", "many"],
};
const Terms: Message = {
  nodeSelectorTerms: [
    1,
    { matchExpressions: [1, Requirement, "many"], matchFields: [2, Requirement, "many"] },
    "many",
  ],
};

export const PodSpec: Message = {
  volumes: [
    1,
    {
      name: [1, "text"],
      hostPath: [[2, 1], { path: [1, "text"], type: [2, "text"] }],
      projected: [
        [2, 26],
        {
          sources: [
            1,
            { serviceAccountToken: [4, { expirationSeconds: [2, "number"], path: [3, "text"] }] },
            "many",
          ],
          defaultMode: [2, "number"],
        },
      ],
    },
    "many",
  ],
  containers: [2, Container, "many"],
  restartPolicy: [3, "text"],
  terminationGracePeriodSeconds: [4, "number"],
  dnsPolicy: [6, "text"],
  nodeSelector: [7, "texts"],
  serviceAccountName: [8, "text"],
  serviceAccount: [9, "text"],
  nodeName: [10, "text"],
  securityContext: [14, {}],
  affinity: [
    18,
    { nodeAffinity: [1, { requiredDuringSchedulingIgnoredDuringExecution: [1, Terms] }] },
  ],
  schedulerName: [19, "text"],
  tolerations: [
    22,
    {
      key: [1, "text"],
      operator: [2, "text"],
      value: [3, "text"],
      effect: [4, "text"],
      tolerationSeconds: [5, "number"],
    },
    "many",
  ],
  priorityClassName: [24, "text"],
  priority: [25, "number"],
  enableServiceLinks: [30, "yes-no"],
  preemptionPolicy: [31, "text"],
};

const ContainerStatus: Message = {
  name: [1, "text"],
  state: [2, { running: [2, { startedAt: [1, "time"] }] }],
  lastState: [3, {}],
  ready: [4, "yes-no"],
  restartCount: [5, "number"],
  image: [6, "text"],
  imageID: [7, "text"],
  containerID: [8, "text"],
  started: [9, "yes-no"],
};

export const Pod: Message = {
  metadata: [1, ObjectMeta],
  spec: [2, PodSpec],
  status: [
    3,
    {
      phase: [1, "text"],
      conditions: [2, Condition, "many"],
      hostIP: [5, "text"],
      podIP: [6, "text"],
      startTime: [7, "time"],
      containerStatuses: [8, ContainerStatus, "many"],
      qosClass: [9, "text"],
      podIPs: [12, { ip: [1, "text"] }, "many"],
    },
  ],
};
