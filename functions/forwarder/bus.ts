import { putEvents } from "#shared/adapters/aws/put-events.ts";
import { takeWishes } from "#shared/adapters/aws/take-wishes.ts";
import type { PutEntries, TakeWishes } from "#shared/ports.ts";
import type { BusSettings } from "./settings.ts";

export type Bus = {
  readonly put: PutEntries;
  readonly takeWishes: TakeWishes | undefined;
  close(): void;
};

export function openBus(settings: BusSettings, cluster: string): Bus {
  const { name: bus, region, source, endpoint, wishesQueue: queueUrl } = settings;
  const publisher = putEvents({ bus, region, source, endpoint });
  const wishes = queueUrl === undefined ? undefined : takeWishes({ region, queueUrl, cluster });
  return {
    put: publisher.putEntries,
    takeWishes: wishes?.takeWishes,
    close() {
      publisher.close();
      wishes?.close();
    },
  };
}

/** A dry run's bus: each event as a line of JSON, its detail as it would have left. */
export const printing = (write: (text: string) => Promise<void>): Bus => ({
  async put(entries) {
    for (const { detailType, detail } of entries)
      await write(`{"detailType":${JSON.stringify(detailType)},"detail":${detail}}\n`);
    return entries.map(() => ({ accepted: true }));
  },
  takeWishes: undefined,
  close: () => undefined,
});
