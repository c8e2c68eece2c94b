type Rows = readonly (readonly [line: string, says: string])[];

/** What people paste. `$` stands for how the program was called. */
const EXAMPLES = {
  audit: [
    ["$ audit", "the current context of your kubeconfig; it only reads"],
    ["$ audit -f dump.json", "a saved dump: JSON, YAML, a folder, .gz, .tar.gz"],
    ["kubectl get nodes,pods,ds -A -o json | $ audit -f -", "where only kubectl may go"],
    ["$ audit -n logging -o wide", "one namespace, with every node and every fix"],
    ["$ audit --out report.html", "a page to send around"],
    ["$ audit -o sarif --out dsaudit.sarif --fail-on warning", "in a pipeline"],
  ],
  explain: [
    ["$ explain node/ip-10-0-3-7", "every daemon that should be there, and why it is not"],
    ["$ explain ds/kube-system/aws-node", "where it runs, why not elsewhere, how it is reached"],
    ["$ explain ds/logging/agent node/n7", "the arithmetic, what to do, what it costs"],
    ["$ explain -f dump.json pod/logging/agent-x7k2p", "the same by the name of its pod"],
    ["$ explain --demo ds/logging/fluent-bit node/memory-4", "try it without a cluster"],
  ],
  causes: [
    ["$ causes", "all of them, by group"],
    ["$ causes host-port-conflict", "what it is, how to prove it, how to fix it"],
    ["$ causes -o markdown", "the page CAUSES.md"],
  ],
  demo: [
    ["$ demo", "what an audit looks like; no cluster needed"],
    ["$ demo --out demo.html", "the same as a page"],
  ],
  redact: [["$ redact -f dump.json --out shared.json", "names stay, env and secrets go"]],
  completion: [
    ["source <($ completion bash)", "or zsh; in ~/.bashrc or ~/.zshrc to keep it"],
    ["$ completion fish > ~/.config/fish/completions/dsaudit.fish", ""],
    ["$ completion kubectl > kubectl_complete-dsaudit", "for kubectl dsaudit <TAB>"],
  ],
} as const satisfies Readonly<Record<string, Rows>>;

export type Shown = keyof typeof EXAMPLES;

/** The examples of one command, or of all: one of each. */
export function examples(of: Shown | undefined, name: string): string {
  const all: Readonly<Record<Shown, Rows>> = EXAMPLES;
  const rows = of === undefined ? Object.values(all).flatMap((some) => some.slice(0, 1)) : all[of];
  const lines = rows.map(([line, says]) => [line.replace("$", name), says] as const);
  const widest = Math.max(...lines.map(([line]) => line.length));
  return [
    "",
    "Examples:",
    ...lines.map(([line, says]) =>
      `  ${line.padEnd(widest)}${says === "" ? "" : `   # ${says}`}`.trimEnd(),
    ),
  ].join("\n");
}
