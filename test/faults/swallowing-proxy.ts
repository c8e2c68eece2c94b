import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Between us and a server: passes everything on, until it keeps for itself whatever the connections of that moment carry. */
export type Proxy = {
  readonly port: number;
  /** Connections that are open now stay open, and nothing comes through them any more. */
  swallow(): void;
  /** That are open to it. */
  open(): number;
  close(): Promise<void>;
};

export async function swallowingProxy(target: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((ours) => {
    const theirs = connect(target, "127.0.0.1");
    const pair = [ours, theirs] as const;
    pairs.add(pair);
    ours.on("data", (bytes) => theirs.write(bytes));
    theirs.on("data", (bytes) => ours.write(bytes));
    for (const [one, other] of [pair, [theirs, ours] as const]) {
      one.on("error", () => undefined);
      one.on("close", () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    swallow() {
      for (const pair of pairs)
        for (const one of pair) {
          one.removeAllListeners("data");
          one.on("data", () => undefined);
        }
    },
    open: () => pairs.size,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const [ours, theirs] of pairs) {
          ours.destroy();
          theirs.destroy();
        }
      }),
  };
}
