import { AuditorError } from "#shared/auditor-error.ts";
import { printable } from "#shared/cluster/printable.ts";
import type { Timeouts } from "./connection.ts";
import { MOST_BYTES, USUAL_BYTES } from "./entry-size.ts";

export type BusSettings = {
  readonly region: string;
  /** A name, or an ARN where the bus is another account's. */
  readonly bus: string;
  /** Who speaks: the one thing of an event that IAM can bind to a role. */
  readonly source: string;
  /** Of a VPC endpoint, or of a test; else AWS_ENDPOINT_URL_EVENTBRIDGE, else the region's own. */
  readonly endpoint?: string | undefined;
  readonly timeouts?: Partial<Timeouts>;
  /** Of all entries of one call. */
  readonly bytesPerCall?: number;
};

const ARN = /^arn:[a-z0-9-]+:events:([a-z0-9-]+):\d{12}:event-bus\/[A-Za-z0-9._/-]{1,256}$/;
const BUS_NAME = /^[A-Za-z0-9._/-]{1,256}$/;

/** Throws AuditorError "config.invalid" that names the wrong one: each of them would be refused at every try. */
export function checkBusSettings({ bus, region, source, bytesPerCall }: BusSettings): void {
  checkBus(bus, region);
  if (source === "" || source.length > 256 || source.startsWith("aws."))
    throw invalid(
      `"${printable(source, 300)}" cannot be the source of an event`,
      'a source has 1 to 256 characters and does not begin with "aws."',
    );
  const bytes = bytesPerCall ?? USUAL_BYTES;
  if (!(bytes >= 1024 && bytes <= MOST_BYTES))
    throw invalid(
      `${bytes} bytes a call cannot be`,
      `1024 to ${MOST_BYTES} bytes fit into one call`,
    );
}

function checkBus(bus: string, region: string): void {
  const [, ofBus] = ARN.exec(bus) ?? [];
  if (ofBus === undefined && !BUS_NAME.test(bus))
    throw invalid(
      `"${printable(bus, 300)}" is neither the name nor the ARN of an event bus`,
      "an ARN reads arn:aws:events:REGION:ACCOUNT:event-bus/NAME",
    );
  if (ofBus !== undefined && ofBus !== region)
    throw invalid(
      `the bus is in ${ofBus}, the region is ${printable(region, 64)}`,
      "events are put in the region of their bus",
    );
}

const invalid = (what: string, hint: string): AuditorError =>
  new AuditorError("config.invalid", what, { hint });
