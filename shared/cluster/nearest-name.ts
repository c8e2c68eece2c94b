/** The known name that `wrong` was most likely meant to be; undefined when none is near. */
export function nearestName(wrong: string, known: Iterable<string>): string | undefined {
  const text = wrong.slice(0, 100).toLowerCase();
  const most = Math.max(1, Math.floor(text.length * 0.4));
  let best: string | undefined;
  let least = most + 1;
  for (const name of known) {
    if (Math.abs(name.length - text.length) >= least) continue;
    const far = distance(text, name.toLowerCase());
    if (far < least) {
      best = name;
      least = far;
    }
  }
  return best;
}

/** " Did you mean "x"?", or nothing. */
export function didYouMean(wrong: string, known: Iterable<string>): string {
  const near = nearestName(wrong, known);
  return near === undefined ? "" : ` Did you mean "${near}"?`;
}

/** Edits of one letter, two neighbours that changed places counting as one (optimal string alignment). */
export function distance(a: string, b: string): number {
  let before: readonly number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(above, j) + 1, at(row, j - 1) + 1, at(above, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(before, j - 2) + 1);
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return at(above, b.length);
}

const at = (row: readonly number[], index: number): number =>
  row[index] ?? Number.POSITIVE_INFINITY;
