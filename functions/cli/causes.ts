import type { Command } from "commander";
import { CATALOGUE, causeOf } from "#shared/audit/catalogue.ts";
import type { Cause } from "#shared/audit/cause.ts";
import { nearestName } from "#shared/cluster/nearest-name.ts";
import { printable } from "#shared/cluster/printable.ts";
import { causeMarkdown, causesMarkdown } from "#shared/report/causes-markdown.ts";
import { renderCause, renderCauses } from "#shared/report/causes-text.ts";
import { usage } from "./failure.ts";
import type { Io } from "./io.ts";
import { withColor, type ColorOptions } from "./options.ts";
import { hasColor, widthOf } from "./screen.ts";
import { deliver } from "./sink.ts";
import { oneOf } from "./words.ts";

const FORMATS = ["text", "markdown", "json"] as const;

type CausesOptions = ColorOptions & { readonly output?: (typeof FORMATS)[number] };

export const causesOptions = (command: Command): Command =>
  withColor(
    command.option(
      "-o, --output <format>",
      `${FORMATS.join(", ")} (default: text)`,
      oneOf("output format", FORMATS),
    ),
  );

export async function causes(
  code: string | undefined,
  options: CausesOptions,
  io: Io,
): Promise<number> {
  const cause = code === undefined ? undefined : named(code, io);
  await deliver(shown(cause, options, io), undefined, io);
  return 0;
}

function named(code: string, { name }: Io): Cause {
  const found = causeOf(code.toLowerCase()) ?? causeOf(code);
  if (found !== undefined) return found;
  const near = nearestName(
    code,
    CATALOGUE.map((one) => one.code),
  );
  throw usage(
    `there is no cause "${printable(code, 80)}".${near === undefined ? "" : ` Did you mean "${near}"?`}`,
    `${name} causes lists them all`,
  );
}

function shown(cause: Cause | undefined, options: CausesOptions, io: Io): string {
  const { output = "text" } = options;
  switch (output) {
    case "markdown":
      return cause === undefined ? causesMarkdown(CATALOGUE) : `${causeMarkdown(cause)}\n`;
    case "json":
      return `${JSON.stringify(cause === undefined ? CATALOGUE.map(page) : page(cause), undefined, 2)}\n`;
    case "text": {
      const screen = { color: hasColor(io, options), width: widthOf(io) };
      return cause === undefined ? renderCauses(CATALOGUE, screen) : renderCause(cause, screen);
    }
  }
}

const page = ({ code, group, severity, scope, doc }: Cause) => ({
  code,
  group,
  severity,
  scope,
  ...doc,
});
