import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hostPortsOf, portConflicts, portsCollide } from "#shared/cluster/host-ports.ts";
import { parseVersion } from "#shared/cluster/version.ts";
import { container, pod, podSpec } from "../../fixtures/build.ts";

const port = (hostPort: number, protocol = "TCP", hostIP = "") => ({
  containerPort: 8080,
  hostPort,
  hostIP,
  protocol,
});
const at = (ip: string, number = 53, protocol = "TCP") => ({ ip, protocol, port: number });

// framework/types.go, HostPortInfo.CheckConflict
test.each([
  ["the same port", at("0.0.0.0"), at("0.0.0.0"), true],
  ["another port", at("0.0.0.0"), at("0.0.0.0", 54), false],
  ["another protocol", at("0.0.0.0"), at("0.0.0.0", 53, "UDP"), false],
  ["another address", at("10.0.0.1"), at("10.0.0.2"), false],
  ["the same address", at("10.0.0.1"), at("10.0.0.1"), true],
  ["one of them has every IPv4 address", at("10.0.0.1"), at("0.0.0.0"), true],
  ["every IPv6 address is an address like any other", at("10.0.0.1"), at("::"), false],
  ["so it collides with itself", at("::"), at("::"), true],
] as const)("%s", (_rule, a, b, says) => {
  expect([portsCollide(a, b), portsCollide(b, a)]).toEqual([says, says]);
});

// pkg/scheduler/util/utils.go, GetHostPorts
const spec = podSpec({
  containers: [container({ ports: [port(80), port(0)] })],
  initContainers: [
    container({ ports: [port(81)] }),
    container({ ports: [port(82, "", "10.0.0.1")], sidecar: true }),
  ],
});
test.each([
  ["up to 1.32 of containers only", "v1.32.9", [80]],
  ["from 1.33 of sidecars too, never of plain init containers", "v1.33.0", [80, 82]],
  ["an unknown version is taken as a new one", "", [80, 82]],
] as const)("host ports are counted %s", (_rule, version, says) => {
  expect(hostPortsOf(spec, parseVersion(version)).map((one) => one.port)).toEqual(says);
});

test("no address means every IPv4 address, no protocol means TCP", () => {
  expect(hostPortsOf(spec, undefined)).toEqual([
    { ip: "0.0.0.0", protocol: "TCP", port: 80 },
    { ip: "10.0.0.1", protocol: "TCP", port: 82 },
  ]);
});

test("for each wanted port that is held the first holder is named", () => {
  const [first, second] = [pod("a"), pod("b")];
  const held = [
    { ...at("10.0.0.1"), holder: first },
    { ...at("10.0.0.2"), holder: second },
    { ...at("0.0.0.0", 80), holder: second },
  ];
  expect(portConflicts([at("0.0.0.0"), at("0.0.0.0", 79), at("::", 80)], held)).toEqual([
    { wanted: at("0.0.0.0"), holder: first },
    { wanted: at("::", 80), holder: second },
  ]);
});

test("two ports collide either way or not at all", () => {
  const anyPort = fc.record({
    ip: fc.constantFrom("0.0.0.0", "::", "10.0.0.1", "10.0.0.2"),
    protocol: fc.constantFrom("TCP", "UDP", "SCTP"),
    port: fc.constantFrom(53, 80),
  });
  fc.assert(
    fc.property(anyPort, anyPort, (a, b) => {
      expect(portsCollide(a, a)).toBe(true);
      expect(portsCollide(a, b)).toBe(portsCollide(b, a));
    }),
  );
});
