/** What happens when, in time that costs nothing. */
export type Timeline = {
  now(): number;
  /** After so many milliseconds; what is planned for one moment happens in the order of planning. */
  after(milliseconds: number, happen: () => void): void;
  /** Lets everything happen that is planned up to then. */
  pass(until: number): void;
};

type Plan = { readonly at: number; readonly order: number; readonly happen: () => void };

const isBefore = (a: Plan, b: Plan): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export function timeline(from: number): Timeline {
  const plans = heap();
  let [now, order] = [from, 0];
  return {
    now: () => now,
    after(milliseconds, happen) {
      order += 1;
      plans.push({ at: now + Math.max(0, milliseconds), order, happen });
    },
    pass(until) {
      for (let plan = plans.first(); plan && plan.at <= until; plan = plans.first()) {
        plans.pop();
        now = plan.at;
        plan.happen();
      }
      now = until;
    },
  };
}

/** The next plan on top; a million of them wait. */
function heap() {
  const all: Plan[] = [];
  const at = (index: number): Plan | undefined => all[index];
  const swap = (a: number, b: number): void => {
    const [one, other] = [at(a), at(b)];
    if (one && other) [all[a], all[b]] = [other, one];
  };
  const precedes = (a: number, b: number): boolean => {
    const [one, other] = [at(a), at(b)];
    return one !== undefined && (other === undefined || isBefore(one, other));
  };
  return {
    first: () => at(0),
    push(plan: Plan): void {
      all.push(plan);
      for (let child = all.length - 1; child > 0;) {
        const parent = (child - 1) >> 1;
        if (!precedes(child, parent)) return;
        swap(child, parent);
        child = parent;
      }
    },
    pop(): void {
      swap(0, all.length - 1);
      all.pop();
      for (let parent = 0; ;) {
        const left = 2 * parent + 1;
        const child = precedes(left + 1, left) ? left + 1 : left;
        if (!precedes(child, parent)) return;
        swap(child, parent);
        parent = child;
      }
    },
  };
}
