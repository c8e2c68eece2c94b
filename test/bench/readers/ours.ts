import type { Kind } from "#shared/cluster/cluster.ts";
import { loadKubeconfig } from "#shared/adapters/kubernetes/kubeconfig.ts";
import { protobufFormat } from "#shared/adapters/kubernetes/protobuf/format.ts";
import { systemClock } from "#shared/adapters/kubernetes/reflector/clock.ts";
import type { Format } from "#shared/adapters/kubernetes/reflector/format.ts";
import { jsonFormat } from "#shared/adapters/kubernetes/reflector/json-format.ts";
import { reflect } from "#shared/adapters/kubernetes/reflector/reflector.ts";
import { apiSource, type Source } from "#shared/adapters/kubernetes/reflector/source.ts";
import { watchCluster, type Follow } from "#shared/flow/watch-cluster.ts";
import { view } from "#shared/states/view/view.ts";
import type { MakeReader } from "./reading.ts";

export type FormatOf = <K extends Kind>(kind: K) => Format<K>;

export const following =
  (source: Source, format: FormatOf, onPut = (_kind: Kind): void => undefined): Follow =>
  ({ kind, keep, take }) =>
    reflect({
      kind,
      source,
      clock: systemClock,
      format: format(kind),
      keep,
      take(changes) {
        take(changes);
        for (const change of changes) if (change.is === "put") onPut(kind);
      },
    });

/** Ours, as the forwarder does it: every kind is followed, and a view is kept of them. */
const reader =
  (format: FormatOf): MakeReader =>
  async (kubeconfig) => {
    // The forwarder has it too, and memory is judged with it.
    await import("#shared/adapters/aws/put-events.ts");
    const config = await loadKubeconfig({ kubeconfig });
    const source = apiSource(() => Promise.resolve(config));
    const held = view(() => undefined);
    let changes = 0;
    let ready = (): void => undefined;
    const all = new Promise<void>((resolve) => (ready = resolve));
    const watching = watchCluster({
      view: held,
      clock: systemClock,
      follow: following(source, format, (kind) => {
        if (kind === "Pod") changes += 1;
      }),
      // It tells before it can be asked, of kinds that are answered at once.
      onTold: () => queueMicrotask(() => watching.knowsAll() && ready()),
    });
    return {
      async synced() {
        await all;
        const { nodes, pods, daemonSets } = held.sizes();
        return nodes + pods + daemonSets;
      },
      changes: () => changes,
      async stop() {
        await watching.stop();
        source.close();
      },
    };
  };

export const ours = reader(protobufFormat);
export const oursInJson = reader(jsonFormat);
