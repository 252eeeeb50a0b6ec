import type { Column, Resource } from '../../resources/resource.ts';
import { shown, TaskError } from '../../task/errors.ts';
import { columnsOf } from '../../task/report-columns.ts';
import type { ImportConfig } from '../../task/task.ts';
import { foldedCase } from '../../task/text/visible.ts';
import { targetNamed, whyReadOnly } from './config.ts';

/** Where the value of one target column comes from: a column of the file (by 0-based index), or a constant. */
export type Binding = { readonly target: string } & ({ readonly source: number } | { readonly constant: string });

/** How a file's columns become a resource's: made once from its header, and part of the plan. */
export interface BoundColumns {
  readonly bindings: readonly Binding[];
  /** Headers that nothing is taken from. */
  readonly unused: readonly string[];
}

/**
 * Binds the columns of a file to those of the resource: what `mapping` and `constants` say, and for the rest the headers that
 * are column names (in any case).
 *
 * @throws TaskError `missing_column`, `duplicate_column`
 */
export function bindColumns(resource: Resource, config: ImportConfig, header: readonly string[]): BoundColumns {
  const bindings = new Map<string, Binding>();
  const given = new Set([config.mapping ?? {}, config.constants ?? {}].flatMap(Object.keys));
  const used = new Set<number>();
  for (const [target, name] of Object.entries(config.mapping ?? {})) {
    const source = findHeader(header, name, target);
    bindings.set(target, { target, source });
    used.add(source);
  }
  for (const [target, constant] of Object.entries(config.constants ?? {})) bindings.set(target, { target, constant });
  for (const [source, name] of header.entries()) {
    const target = used.has(source) ? undefined : targetNamed(resource, name);
    const bound = target && bindings.get(target);
    if (!target || (bound && given.has(target))) continue;
    if (bound) {
      throw new TaskError(
        'duplicate_column',
        `The file has two columns named ${target}; remove or rename one, or map the one to use.`,
      );
    }
    bindings.set(target, { target, source });
    used.add(source);
  }
  if (config.mode === 'delete') dropAllButKey(resource, bindings, used);
  refuseMissing(resource, config, bindings, header);
  return { bindings: [...bindings.values()], unused: header.filter((_, index) => !used.has(index)) };
}

/** Which record is deleted says its key alone: whatever else the file says is not looked at. */
function dropAllButKey({ key }: Resource, bindings: Map<string, Binding>, used: Set<number>): void {
  for (const [target, binding] of bindings) {
    if (key.columns.includes(target)) continue;
    bindings.delete(target);
    if ('source' in binding) used.delete(binding.source);
  }
}

/** Unused columns that are named one by one; a file can have a hundred thousand. */
const NAMED_UNUSED = 100;

/** What is said of a report that was imported, rather than sent to correct the lines that it is of. */
const OF_REPORT =
  'The file is an OpenBulk report: its rows were imported as new lines, without the marks that protect cells from being read as formulas. ' +
  "To correct lines of the reported task instead, submit the file to that task: openbulk tasks fix TASK FILE, or “Upload corrected file” on the task's page.";

/**
 * What the submitter should know of columns although they can be imported.
 *
 * @param report whether the file is a report of ours
 */
export function columnWarnings(resource: Resource, columns: BoundColumns, report: boolean): string[] {
  const { unused } = columns;
  if (report) return [OF_REPORT, ...columnWarnings(resource, { ...columns, unused: columnsOf(unused) }, false)];
  const named = unused
    .slice(0, NAMED_UNUSED)
    .map((name) => `The column ${shown(name)} is not used: ${whyUnused(resource, columns, name)}.`);
  const more = unused.length - named.length;
  return more > 0 ? [...named, `${more} more columns are not used.`] : named;
}

function whyUnused(resource: Resource, { bindings }: BoundColumns, name: string): string {
  const target = targetNamed(resource, name);
  const binding = bindings.find((one) => one.target === target);
  if (!binding)
    return whyReadOnly(resource, name) ?? `${resource.name} has no column of that name, and it is not mapped`;
  return 'constant' in binding ? `all lines have a constant ${target}` : `${target} is mapped to another column`;
}

/** A column by its place, 1-based, where the file has not that very text as a header: `#3`. */
const PLACE = /^#([1-9]\d{0,5})$/;

function findHeader(header: readonly string[], name: string, target: string): number {
  const wanted = name.trim();
  const place = Number(PLACE.exec(wanted)?.[1]);
  if (place <= header.length && !header.includes(wanted)) return place - 1;
  const exact = header.flatMap((candidate, index) => (candidate === wanted ? [index] : []));
  const folded = foldedCase(wanted);
  const found =
    exact.length > 0 ? exact : header.flatMap((candidate, index) => (foldedCase(candidate) === folded ? [index] : []));
  if (found.length === 1) return found[0] as number;
  const message =
    found.length === 0
      ? `The mapping for ${target} names the column ${shown(name)}, which the file does not have. ${listed(header)}`
      : `The mapping for ${target} names the column ${shown(name)}, which the file has ${found.length} times; rename all but one, or give the position of the column, such as #${(found[0] as number) + 1}.`;
  throw new TaskError(found.length === 0 ? 'missing_column' : 'duplicate_column', message);
}

/** Records that are there have what they need: of those, the key is enough. */
function refuseMissing(
  resource: Resource,
  { mode }: ImportConfig,
  bindings: ReadonlyMap<string, Binding>,
  header: readonly string[],
): void {
  const { columns: keyed, together } = resource.key;
  const isNeeded = ({ name, required }: Column) =>
    mode === 'update' || mode === 'delete' ? together && keyed.includes(name) : required;
  const missing = resource.columns
    .filter((column) => isNeeded(column) && !bindings.has(column.name))
    .map(({ name }) => name);
  if (
    !resource.key.columns.some((name) => bindings.has(name)) &&
    !resource.key.columns.some((name) => missing.includes(name))
  ) {
    missing.push(resource.key.columns.join(' or '));
  }
  if (missing.length === 0) return;
  const what =
    missing.length === 1 ? `the required column ${missing[0]}` : `the required columns ${missing.join(', ')}`;
  throw new TaskError(
    'missing_column',
    `The file lacks ${what}. ${listed(header)} Name the columns in the first line, or map them (mapping, constants).`,
  );
}

const SHOWN_HEADERS = 30;

function listed(header: readonly string[]): string {
  const names = header.slice(0, SHOWN_HEADERS).map(shown).join(', ');
  return `Its first line reads as ${header.length} column${header.length === 1 ? '' : 's'}: ${names}${header.length > SHOWN_HEADERS ? ', …' : ''}.`;
}
