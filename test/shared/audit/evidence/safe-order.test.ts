import * as fc from "fast-check";
import { expect, test } from "vitest";
import { safeOrder } from "#shared/audit/evidence/safe-order.ts";
import { daemonPod, daemonSet, labels, node } from "../../../fixtures/build.ts";
import { viewOf } from "../../../fixtures/rollout.ts";

const set = daemonSet("agent");
const anyZones = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });

test("every pod comes once, and no zone has two in a row while another has any left", () => {
  fc.assert(
    fc.property(anyZones, (zones) => {
      const Node = zones.map((zone, at) =>
        node(`n${at}`, { labels: labels({ "topology.kubernetes.io/zone": zone }) }),
      );
      const pods = Node.map(({ name }) => daemonPod(set, name));
      const order = safeOrder(pods, viewOf(set, { Node, Pod: pods }).facts);
      const zoneOf = new Map(Node.map(({ name }, at) => [name, zones[at] ?? ""]));
      const path = order.map(({ spec }) => zoneOf.get(spec.nodeName) ?? "");

      expect(new Set(order)).toEqual(new Set(pods));
      expect(order).toHaveLength(pods.length);
      for (const [at, zone] of path.entries()) {
        if (at === 0 || path[at - 1] !== zone) continue;
        const rest = path.slice(at);
        expect(rest.every((other) => other === zone)).toBe(true);
      }
    }),
  );
});
