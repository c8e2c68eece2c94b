import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { generate } from "./generated.ts";
import type { Io } from "./io.ts";
import { run } from "./run.ts";
import { terminalPicture } from "./terminal-picture.ts";

/** What a person with a terminal of this width sees of `dsaudit demo`. */
async function demo(columns: number, color: boolean): Promise<string> {
  let text = "";
  const io: Io = {
    stdin: () => process.stdin,
    stdout: { write: (more) => void (text += more), isTerminal: color, columns },
    stderr: { write: () => undefined, isTerminal: false, columns: undefined },
    env: {},
    cwd: process.cwd(),
    name: "dsaudit",
    clock: { now: () => performance.now(), after: () => () => undefined },
  };
  await run(["demo"], io);
  return text;
}

/** The report up to and with its first findings; the rest is told in a line. */
function beginning(text: string, findings: number): string {
  const lines = text.split("\n");
  const starts = lines.flatMap((line, at) =>
    // A colour may stand before the word.
    /^\S*(?:CRITICAL|WARNING)/.test(line) ? [at] : [],
  );
  const end = starts[findings] ?? lines.length;
  const left = starts.length - findings;
  return left > 0 ? `${lines.slice(0, end).join("\n")}\n… ${left} more findings\n` : text;
}

const README = "README.md";
const BEGIN = "<!-- demo:begin -->";
const END = "<!-- demo:end -->";

const before = await readFile(fileURLToPath(new URL(`../../${README}`, import.meta.url)), "utf8");
const [head = "", rest = ""] = before.split(BEGIN);
const [, tail = ""] = rest.split(END);
const shown = beginning(await demo(100, false), 4);

await generate(
  README,
  `${head}${BEGIN}\n\`\`\`text\n${shown}\`\`\`\n${END}${tail}`,
  "npm run pictures",
);
await generate(
  "functions/cli/demo/demo.svg",
  terminalPicture(beginning(await demo(100, true), 3), "dsaudit demo", 100),
  "npm run pictures",
);
