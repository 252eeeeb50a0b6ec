import type { Preview, TargetColumn } from '../file/preview.ts';

/** Where the values of a target column come from: a column of the file, or one value for every line. */
export type Source = { readonly header: string } | { readonly constant: string };

/** Sources by target column; what has none is not there. */
export type Columns = Readonly<Record<string, Source>>;

/** What a file and the columns chosen for it still lack. */
export interface Problems {
  /** Required columns that come from nowhere. */
  readonly missing: readonly string[];
  /** Columns of which one must come from somewhere, and none does. */
  readonly key: readonly string[];
  /** Columns whose value for every line was not filled in. */
  readonly blank: readonly string[];
  /** Columns that the file has twice under their own name. */
  readonly twice: readonly string[];
}

type Read = Pick<Preview, 'header' | 'columns'>;

/**
 * What the columns of a file are told by, in their order: their names, and where a column has none or shares it, its place, such as
 * `#3`, which the server understands as well.
 */
export function takeable(header: readonly string[]): string[] {
  const count = new Map<string, number>();
  for (const name of header) count.set(name, (count.get(name) ?? 0) + 1);
  return header.map((name, index) => (name !== '' && count.get(name) === 1 ? name : `#${index + 1}`));
}

/** Whether a column is told by its place. */
export function isPlaced(header: string, place: number): boolean {
  return header === `#${place}`;
}

/** A column of the file that can be chosen. */
export interface Choice {
  /** What it is told by. */
  readonly header: string;
  /** What it is called in the file. */
  readonly name: string;
  /** 1-based. */
  readonly place: number;
}

/** The columns of a file, without those that have neither a name nor anything in the rows that are known. */
export function choicesOf({ header, rows }: Pick<Preview, 'header' | 'rows'>): Choice[] {
  return takeable(header)
    .map((each, index) => ({ header: each, name: header[index] ?? '', place: index + 1 }))
    .filter(({ name, place }) => name !== '' || rows.some((row) => (row[place - 1] ?? '').trim() !== ''));
}

/** The columns of the file that have the name of a target, in any case as the server takes them. */
function namesakes(target: string, header: readonly string[]): string[] {
  return header.filter((name) => name.toLowerCase() === target.toLowerCase());
}

/**
 * The sources as they will be: what was chosen, as far as the records and the file have it, and the columns whose own name is that of a target, which the
 * server takes in any case unless they are taken for another.
 */
export function settle({ header, columns }: Read, chosen: Columns): Columns {
  const names = takeable(header);
  const settled: Record<string, Source> = {};
  for (const [target, source] of Object.entries(chosen)) {
    if (!columns.some(({ name, open }) => (open ? isOpenName(target, name) : name === target))) continue;
    if ('constant' in source || names.includes(source.header)) settled[target] = source;
  }
  const taken = new Set(headersOf(settled));
  for (const { target, header: own } of columns.flatMap((column) => namedAlike(column, header, names))) {
    if (!settled[target] && !taken.has(own)) settled[target] = { header: own };
  }
  return settled;
}

/** The targets of a column of the resource that the file has under their own name, once. */
function namedAlike({ name, open }: TargetColumn, header: readonly string[], names: readonly string[]) {
  if (open) return names.filter((each) => isOpenName(each, name)).map((each) => ({ target: each, header: each }));
  const own = namesakes(name, header);
  return own.length === 1 ? own.map((each) => ({ target: name, header: each })) : [];
}

/** Whether a target comes from the column of the file that has its name unless something else is chosen for it. */
export function comesByItself(target: string, header: readonly string[], columns: Columns): boolean {
  const [own, ...more] = namesakes(target, header);
  if (own === undefined || more.length > 0) return false;
  return !Object.entries(columns).some(
    ([other, source]) => other !== target && 'header' in source && source.header === own,
  );
}

/** @param open such as `metadata.*` */
export function isOpenName(name: string, open: string): boolean {
  return name.length >= open.length && name.startsWith(open.slice(0, -1));
}

export function problemsOf({ header, columns }: Read, settled: Columns): Problems {
  const keys = columns.filter(({ key }) => key).map(({ name }) => name);
  const missing = columns.filter(({ name, required }) => required && !settled[name]).map(({ name }) => name);
  const keyed = keys.some((name) => settled[name] || missing.includes(name));
  return {
    missing,
    key: keyed ? [] : keys,
    blank: Object.entries(settled).flatMap(([name, source]) =>
      'constant' in source && source.constant.trim() === '' ? [name] : [],
    ),
    twice: columns.map(({ name }) => name).filter((name) => !settled[name] && namesakes(name, header).length > 1),
  };
}

export function isReady({ missing, key, blank, twice }: Problems): boolean {
  return missing.length + key.length + blank.length + twice.length === 0;
}

/** The columns of the file that nothing is taken from. */
export function unusedOf(preview: Pick<Preview, 'header' | 'rows'>, settled: Columns): Choice[] {
  const used = new Set(headersOf(settled));
  return choicesOf(preview).filter(({ header }) => !used.has(header));
}

/** The targets whose columns have blank cells among the rows that are known: where records are overwritten, these are cleared. */
export function clearedBy({ header, rows }: Pick<Preview, 'header' | 'rows'>, settled: Columns): string[] {
  const names = takeable(header);
  return Object.entries(settled).flatMap(([target, source]) => {
    const at = 'header' in source ? names.indexOf(source.header) : -1;
    return at >= 0 && rows.some((row) => row.length > at && row[at]?.trim() === '') ? [target] : [];
  });
}

/**
 * The first row that seems to name the columns, where the header seems to be a title above them: it names fewer than half of them.
 *
 * @returns 1-based among the rows
 */
export function likelyHeader({ header, rows }: Pick<Preview, 'header' | 'rows'>): number | undefined {
  const filled = (cells: readonly string[]) => cells.filter((cell) => cell.trim() !== '').length;
  const most = rows.reduce((widest, row) => Math.max(widest, filled(row)), 0);
  if (most < 3 || filled(header) * 2 >= most) return undefined;
  return rows.findIndex((row) => filled(row) * 2 >= most) + 1;
}

/** Columns beyond those that a file has or must have; fewer are not worth being put away. */
const FEW = 6;

/** The columns that a file has or must have, and the others: as it was first seen, so that nothing jumps while it is changed. */
export function arrange(columns: readonly TargetColumn[], first: Columns): [TargetColumn[], TargetColumn[]] {
  const rank = ({ name, required, key }: TargetColumn) => (required ? 0 : key ? 1 : first[name] ? 2 : 3);
  const sorted = columns.filter(({ open }) => !open).toSorted((a, b) => rank(a) - rank(b));
  const likely = sorted.filter((each) => rank(each) < 3);
  return sorted.length - likely.length <= FEW ? [sorted, []] : [likely, sorted.slice(likely.length)];
}

/** A name for a column of the file among open ones: `Job Title` is `metadata.jobTitle`. */
export function openName(header: string, open: string): string {
  const words = header.match(/[\p{L}\p{N}]+/gu) ?? ['column'];
  const [first = '', ...rest] = words.map((word) => word.toLowerCase());
  return open.slice(0, -1) + first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** The first values of a column of the file, no two alike. */
export function samplesOf({ header, rows }: Pick<Preview, 'header' | 'rows'>, name: string, most = 3): string[] {
  const at = takeable(header).indexOf(name);
  const cells = rows.map((row) => row[at]?.trim() ?? '').filter((cell) => cell !== '');
  return [...new Set(cells)].slice(0, most);
}

function headersOf(columns: Columns): string[] {
  return Object.values(columns).flatMap((source) => ('header' in source ? [source.header] : []));
}
