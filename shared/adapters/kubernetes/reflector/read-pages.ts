import type { InputProblem, Kind } from "#shared/cluster/cluster.ts";
import type { Answer } from "#shared/adapters/kubernetes/api-client.ts";
import { withAnswer, wordsOf } from "./connection.ts";
import type { PageHead } from "./format.ts";
import { refusalOf, relist, type Outcome, type Refusal } from "./outcome.ts";
import { asksPlainly, connecting, kept, pathOf, spoilt, tellWhole, type Run } from "./run.ts";

/** Reads everything page by page, as one consistent list: no version is asked for, so none that a cache holds is given. */
export async function readPages<K extends Kind, T>(run: Run<K, T>): Promise<Outcome | Refusal> {
  const { limits } = run;
  const got: Got<T> = { objects: [], problems: [] };
  const { idle } = limits;
  let version = "";
  let next = "";
  for (let pages = 1; ; pages += 1) {
    const query = { limit: String(limits.page), ...(next === "" ? {} : { continue: next }) };
    const page = await withAnswer(
      pathOf(run, query),
      connecting(run, { endless: false, idle }),
      async (answer) => takePage(run, answer, got),
    );
    if ("outcome" in page) return page;
    // Every page tells the moment of the first, which the whole list is of.
    version ||= page.version;
    next = page.next;
    if (next === "") break;
    if (got.objects.length + pages > limits.objects)
      throw new Error(`a list of more than ${limits.objects} objects`);
  }
  const instead = await tellWhole(run, { ...got, version });
  return instead ?? { next: "watch", wait: "none" };
}

type Got<T> = { readonly objects: T[]; readonly problems: InputProblem[] };

async function takePage<K extends Kind, T>(
  run: Run<K, T>,
  answer: Answer,
  got: Got<T>,
): Promise<PageHead | Refusal> {
  const { limits, resource } = run;
  if (answer.status !== 200) {
    const words = await wordsOf(answer);
    run.tally.lastFailure = words;
    if (asksPlainly(run, answer.status)) return { outcome: relist(run.why, "none") };
    return refusalOf(answer, { asking: "pages", words, limits });
  }
  const reader = run.format.of(answer.headers["content-type"]).page((object, problems) => {
    got.objects.push(kept(run, object));
    got.problems.push(...problems);
  });
  let bytes = 0;
  for await (const piece of answer.body) {
    bytes += piece.length;
    if (bytes > limits.pageBytes)
      throw new Error(`a page of ${resource.kind} is larger than ${limits.pageBytes} bytes`);
    reader.write(piece);
  }
  const head = reader.end();
  if (head === undefined) spoilt(run);
  if (head === undefined) throw new Error(`it answered with no whole ${resource.kind}List`);
  return head;
}
