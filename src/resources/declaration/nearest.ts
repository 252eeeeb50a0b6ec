/** Longer names are not looked at: their distance takes the product of the lengths. */
const MOST = 64;

/** The word that a name was most likely to be: the same but for case, marks, or two letters at most. */
export function nearest(name: string, words: readonly string[]): string | undefined {
  if (name.length > MOST) return undefined;
  const wanted = lettersOf(name);
  const [best] = words
    .map((word) => ({ word, far: distance(wanted, lettersOf(word)) }))
    .filter(({ word, far }) => far <= Math.min(2, Math.floor(lettersOf(word).length / 2)))
    .sort((a, b) => a.far - b.far);
  return best?.word;
}

/**
 * The word that a name is most likely a slip of: the same but for case and marks, or for a letter, of long words two. Stricter than
 * `nearest`, for names that may well be meant as they are.
 */
export function slipOf(name: string, words: readonly string[]): string | undefined {
  const word = nearest(name, words);
  if (word === undefined) return undefined;
  const [wanted, known] = [lettersOf(name), lettersOf(word)];
  return distance(wanted, known) <= (known.length < 4 ? 0 : known.length < 6 ? 1 : 2) ? word : undefined;
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
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
