/** Longer names are not looked at: their distance takes the product of the lengths. */
const MOST = 64;

/** The word that a name was most likely to be: the same but for case, marks, or two letters at most. */
export function nearest(name: string, words: readonly string[]): string | undefined {
  if (name.length > MOST) return undefined;
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const wanted = plain(name);
  const [best] = words
    .map((word) => ({ word, far: distance(wanted, plain(word)) }))
    .filter(({ word, far }) => far <= Math.min(2, Math.floor(plain(word).length / 2)))
    .sort((a, b) => a.far - b.far);
  return best?.word;
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] as number) + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
}
