/** A set of code points: the first and last of each run, ascending, none of which touch. */
export type Ranges = readonly (readonly [number, number])[];

const LAST = 0x10ffff;

/** The set of some runs, in any order. */
export function union(...sets: readonly Ranges[]): Ranges {
  const runs = sets.flat().toSorted(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [first, last] of runs) {
    const before = joined.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

export function complement(set: Ranges): Ranges {
  const rest: [number, number][] = [];
  let from = 0;
  for (const [first, last] of set) {
    if (first > from) rest.push([from, first - 1]);
    from = last + 1;
  }
  if (from <= LAST) rest.push([from, LAST]);
  return rest;
}

/** What is in one set and not in the other. */
export function without(set: Ranges, other: Ranges): Ranges {
  return complement(union(complement(set), other));
}

export function overlap(a: Ranges, b: Ranges): boolean {
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [[firstA, lastA], [firstB, lastB]] = [a[i], b[j]] as [readonly [number, number], readonly [number, number]];
    if (lastA < firstB) i += 1;
    else if (lastB < firstA) j += 1;
    else return true;
  }
  return false;
}
