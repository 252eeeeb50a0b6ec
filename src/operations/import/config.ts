import { cellText } from '../../readers/csv/cell-text.ts';
import { ENCODINGS, isEncoding } from '../../readers/text/encoding.ts';
import { dateReader } from '../../resources/cells/dates.ts';
import { DATE_FORMAT_HELP, formatHelp, formatReader } from '../../resources/cells/formats.ts';
import { sameName } from '../../resources/declaration/names.ts';
import { hasActions, importableColumns, type Resource } from '../../resources/resource.ts';
import type { ColumnType } from '../../resources/types/column-type.ts';
import { shown } from '../../task/errors.ts';
import type { ImportConfig } from '../../task/task.ts';
import { isLonger } from '../../task/text/characters.ts';
import { comparable, visible } from '../../task/text/visible.ts';
import { readingOf } from './reading.ts';

export interface ConfigProblem {
  readonly field: string;
  readonly message: string;
}

/** The column that a file's header names, in any case and with whatever nobody sees in it; `undefined` when there is none. */
export function targetNamed(resource: Resource, header: string): string | undefined {
  return namesOf(resource).get(sameName(header)) ?? openTarget(resource, header);
}

const names = new WeakMap<Resource, ReadonlyMap<string, string>>();

/** The columns that a file can give, by what tells a name from others: a file may have a hundred thousand headers. */
function namesOf(resource: Resource): ReadonlyMap<string, string> {
  const known = names.get(resource) ?? new Map(importableColumns(resource).map(({ name }) => [sameName(name), name]));
  names.set(resource, known);
  return known;
}

/** The open column that a file's header names: its prefix in any case, the rest as it is written. */
export function openTarget({ open }: Resource, header: string): string | undefined {
  if (!open) return undefined;
  const name = comparable(header);
  const rest = name.slice(open.prefix.length);
  return rest !== '' && name.toLowerCase().startsWith(open.prefix) ? open.prefix + rest : undefined;
}

/** The type of a target column, whether declared or open; `undefined` when an import has no such target. */
function targetType(resource: Resource, target: string): ColumnType | undefined {
  const column = importableColumns(resource).find(({ name }) => name === target);
  if (column) return column.type;
  const { open } = resource;
  return open && target.length > open.prefix.length && target.startsWith(open.prefix) ? open.type : undefined;
}

/** So many problems are told: each lists all columns, and a mapping may have twenty thousand. */
const MAX_PROBLEMS = 100;
/** Declared missing values are few and short, since every cell is compared with them. */
const MAX_MISSING = 100;
const MAX_MISSING_LENGTH = 64;

/** The problems of a configuration, as far as they are known without the file. */
export function checkImportConfig(resource: Resource, config: ImportConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const problem of problemsOf(resource, config)) if (problems.push(problem) === MAX_PROBLEMS) break;
  return problems;
}

function* problemsOf(resource: Resource, config: ImportConfig): Generator<ConfigProblem> {
  const { dateFormat = '', missingValues = [], encoding } = config;
  if (dateFormat.trim() !== '' && !dateReader(dateFormat.trim()))
    yield { field: 'dateFormat', message: `${shown(dateFormat)} is not a date format; ${DATE_FORMAT_HELP}` };
  if (encoding !== undefined && !isEncoding(encoding))
    yield {
      field: 'encoding',
      message: `${shown(encoding)} is not a supported encoding; use one of ${ENCODINGS.join(', ')}`,
    };
  for (const target of Object.keys(config.mapping ?? {})) {
    if (!targetType(resource, target)) yield { field: `mapping.${target}`, message: unknownTarget(resource, target) };
  }
  for (const [target, format] of Object.entries(config.formats ?? {})) {
    const message = whatIsWrongWithFormat(resource, target, format);
    if (message) yield { field: `formats.${target}`, message };
  }
  if (missingValues.length > MAX_MISSING || missingValues.some((value) => isLonger(value, MAX_MISSING_LENGTH))) {
    const message = `must be at most ${MAX_MISSING} strings of at most ${MAX_MISSING_LENGTH} characters`;
    yield { field: 'missingValues', message };
  }
  for (const [target, value] of Object.entries(config.constants ?? {})) {
    const message = whatIsWrongWithConstant(resource, config, target, value);
    if (message) yield { field: `constants.${target}`, message };
  }
}

function whatIsWrongWithFormat(resource: Resource, target: string, format: string): string | undefined {
  const type = targetType(resource, target);
  if (!type) return unknownTarget(resource, target);
  if (type.format === undefined) return `${target} cannot have a format: ${formatHelp(type)}`;
  if (format.trim() === '' || formatReader(type, format.trim())) return undefined;
  return `${shown(format)} is not a format for ${target}; ${formatHelp(type)}`;
}

function whatIsWrongWithConstant(
  resource: Resource,
  config: ImportConfig,
  target: string,
  value: string,
): string | undefined {
  const type = targetType(resource, target);
  if (!type) return unknownTarget(resource, target);
  if (config.mapping && Object.hasOwn(config.mapping, target))
    return `${target} is also mapped to a column of the file; use only one`;
  const text = cellText(value);
  const cell = type.verbatim ? text : visible(text);
  if (cell === '' || config.missingValues?.includes(cell)) return undefined;
  const { read, expectedOf } = readingOf(config, target, type);
  const wrong = cell.includes('\0') || isLonger(cell, type.maxLength) || read(cell) === undefined;
  return wrong ? `${target} must be ${expectedOf(cell)}; found ${shown(value)}` : undefined;
}

/** Why a column of the resource cannot be imported; `undefined` for any other name. */
export function whyReadOnly(resource: Resource, name: string): string | undefined {
  const lower = comparable(name).toLowerCase();
  const column = resource.columns.find((candidate) => candidate.readOnly && candidate.name.toLowerCase() === lower);
  return (
    column &&
    `${column.name} is read-only: ${hasActions(resource) ? 'it is set by bulk actions' : 'its declaration says so'}`
  );
}

function unknownTarget(resource: Resource, target: string): string {
  const names = importableColumns(resource).map(({ name }) => name);
  const open = resource.open ? ` and ${resource.open.prefix}*` : '';
  return (
    whyReadOnly(resource, target) ??
    `${resource.name} has no column ${shown(target)}; it has ${names.join(', ')}${open}`
  );
}
