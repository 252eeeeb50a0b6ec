import type { Resource } from '../../resources/resource.ts';
import type { SuspectKey } from '../../store/ledger/suspect-keys.ts';
import { shown } from '../../task/errors.ts';

/** Lines of one chunk that share a key: so many of one record are more likely a placeholder that we do not know. */
const REPEATED = 10;
/** Keys that are kept of a chunk, and told of a task: those on most lines. */
const KEPT = 20;
const TOLD = 10;

/** A number as table programs write it when it has more than 11 digits, of which they keep the first. */
const ROUNDED = /^\d(?:[.,]\d+)?E\+\d{2,}$/i;
/** What firmware and people write where they know nothing. */
const PLACEHOLDER =
  /^(?:to be filled by o\.?e\.?m\.?|default string|(?:system |chassis |base ?board )?serial ?(?:number|no\.?)|not (?:specified|applicable|available|provided)|none|null|unknown|undefined|invalid|n\/?a|tb[ad]|x+|0+|([a-z0-9])\1{5,}|[-.?_*#]+|0?123456789\d?)$/i;

/** The keys of a chunk's lines that cannot be right, or are on so many that they hardly can; those on most lines first. */
export function findSuspectKeys({ key }: Resource, keys: readonly string[]): SuspectKey[] {
  const distinct = new Set(keys);
  // As a rule, each is there once.
  const counts = distinct.size === keys.length ? undefined : countEach(keys);
  const suspects: [string, number][] = [];
  for (const one of distinct) {
    const count = counts?.get(one) ?? 1;
    const { value } = partsOf(key, one);
    if (count >= REPEATED || ROUNDED.test(value) || PLACEHOLDER.test(value)) suspects.push([one, count]);
  }
  return mostFirst(suspects).slice(0, KEPT);
}

function countEach(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** What a task's submitter is told of its suspect keys. @param suspects of each of its chunks */
export function suspectWarnings({ key }: Resource, suspects: readonly SuspectKey[]): string[] {
  const lines = new Map<string, number>();
  for (const [one, count] of suspects) lines.set(one, (lines.get(one) ?? 0) + count);
  const told = mostFirst([...lines]);
  const warnings = told.slice(0, TOLD).map(([one, count]) => {
    const { column, value } = partsOf(key, one);
    const found = `${column} is ${shown(value)} on ${count === 1 ? '1 line' : `at least ${count} lines, which are one record`}`;
    if (ROUNDED.test(value)) {
      return `${found}: a spreadsheet has rounded it, so different records look the same. Save the column as text.`;
    }
    if (PLACEHOLDER.test(value)) {
      return `${found}: it looks like a placeholder, which cannot identify a record. Leave the cell blank or fill it in.`;
    }
    return `${found}. This value identifies records; check whether it is a placeholder.`;
  });
  const more = told.length - warnings.length;
  return more > 0 ? [...warnings, `${more} more values of key columns look similar.`] : warnings;
}

function mostFirst(suspects: SuspectKey[]): SuspectKey[] {
  return suspects.sort(([, a], [, b]) => b - a);
}

/** A key as the check makes it: of several columns the one whose value it is stands before it. */
function partsOf(
  { columns, together }: Resource['key'],
  key: string,
): { readonly column: string; readonly value: string } {
  const [only = ''] = columns;
  if (together) return { column: columns.join(', '), value: (JSON.parse(key) as string[]).join(', ') };
  if (columns.length === 1) return { column: only, value: key };
  const column = columns.find((name) => key[name.length] === ':' && key.startsWith(name)) ?? only;
  return { column, value: key.slice(column.length + 1) };
}
