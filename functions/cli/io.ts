/** What a command sees of the outside. `main.ts` takes it from the process, tests make it up. */
export type Output = {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Columns of the terminal; undefined when there is none. */
  readonly columns: number | undefined;
};

export type Clock = {
  /** Milliseconds that only go forward. */
  now(): number;
  /** Returns what takes it back. */
  after(milliseconds: number, run: () => void): () => void;
};

export type Io = {
  readonly stdin: () => AsyncIterable<Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `.dsaudit.yaml` is looked for. */
  readonly cwd: string;
  /** How the program is called in help and hints: "dsaudit" or "kubectl dsaudit". */
  readonly name: string;
  readonly clock: Clock;
};
