import { expect, test } from "vitest";
import { podRequests } from "#shared/cluster/requests.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import { condition, container, pod, podStatus, resources } from "../../fixtures/build.ts";

const INFEASIBLE = condition("PodResizePending", "True", { reason: "Infeasible" });
const asks = (cpu: string) => [container({ requests: resources({ cpu }) })];
const sums = (allocated: string, actual: string) => ({
  allocated: resources({ cpu: allocated }),
  actual: resources({ cpu: actual }),
});

// component-helpers/resource/helpers.go, AggregateContainerRequests
test.each([
  ["the spec is more: it counts", "v1.37.0", asks("2"), sums("1", "1"), 2000n],
  ["the kubelet still gives more: that counts", "v1.37.0", asks("1"), sums("1", "2"), 2000n],
  ["it promised more: that counts", "v1.37.0", asks("1"), sums("3", "2"), 3000n],
  [
    "the spec is a wish that will not come true",
    "v1.37.0",
    asks("4"),
    { ...sums("1", "2"), conditions: [INFEASIBLE] },
    2000n,
  ],
  ["half of the sums is none", "v1.37.0", asks("1"), { actual: resources({ cpu: "2" }) }, 1000n],
  ["up to 1.32 only the spec counts", "v1.32.0", asks("1"), sums("3", "2"), 1000n],
] as const)(
  "the kubelet's sums for the whole pod: %s",
  (_rule, version, containers, status, says) => {
    const one = pod("p", {
      spec: { containers },
      status: podStatus({ containers: [], ...status }),
    });
    expect(podRequests(one, parseVersion(version)).get("cpu")).toBe(says);
  },
);
