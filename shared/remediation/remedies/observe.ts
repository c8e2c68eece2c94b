import { advice, type Advice, type Calls } from "#shared/remediation/advice.ts";
import { commandLine } from "#shared/remediation/command.ts";

export const look = ({ command, why }: Calls["look"]): Advice =>
  advice({
    summary: `Look closer: ${why}`,
    command: command.length === 0 ? undefined : commandLine(command),
  });

export const wait = ({ why }: Calls["wait"]): Advice => advice({ summary: `Wait: ${why}` });
