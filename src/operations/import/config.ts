import { dateReader } from '../../resources/dates.ts';
import { importableColumns, type Resource } from '../../resources/resource.ts';
import type { ColumnType } from '../../resources/types.ts';
import { shown } from '../../task/errors.ts';
import type { ImportConfig } from '../../task/task.ts';
import { comparable, visible } from '../../task/visible.ts';

export interface ConfigProblem {
  readonly field: string;
  readonly message: string;
}

/** The column that a file's header names, in any case and with whatever nobody sees in it; `undefined` when there is none. */
export function targetNamed(resource: Resource, header: string): string | undefined {
  const lower = comparable(header).toLowerCase();
  const column = importableColumns(resource).find((candidate) => candidate.name.toLowerCase() === lower);
  return column?.name ?? openTarget(resource, header);
}

/** The open column that a file's header names: its prefix in any case, the rest as it is written. */
export function openTarget({ open }: Resource, header: string): string | undefined {
  if (!open) return undefined;
  const name = comparable(header);
  const rest = name.slice(open.prefix.length);
  return rest !== '' && name.toLowerCase().startsWith(open.prefix) ? open.prefix + rest : undefined;
}

/** The type of a target column, whether declared or open; `undefined` when an import has no such target. */
export function targetType(resource: Resource, target: string): ColumnType | undefined {
  const column = importableColumns(resource).find(({ name }) => name === target);
  if (column) return column.type;
  const { open } = resource;
  return open && target.length > open.prefix.length && target.startsWith(open.prefix) ? open.type : undefined;
}

/** So many problems are told: each lists all columns, and a mapping may have twenty thousand. */
const MAX_PROBLEMS = 100;

/** What is wrong with a configuration, as far as that can be told without the file. */
export function checkImportConfig(resource: Resource, config: ImportConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const dates = dateReader(config.dateFormat);
  if (!dates) {
    const message = `${shown(config.dateFormat ?? '')} is no date format; write a year (YYYY or YY), a month (MM or M) and a day (DD or D) once each, such as M/D/YY`;
    problems.push({ field: 'dateFormat', message });
  }
  for (const target of Object.keys(config.mapping ?? {})) {
    if (problems.length === MAX_PROBLEMS) return problems;
    if (!targetType(resource, target))
      problems.push({ field: `mapping.${target}`, message: unknownTarget(resource, target) });
  }
  for (const [target, value] of Object.entries(config.constants ?? {})) {
    if (problems.length === MAX_PROBLEMS) return problems;
    const field = `constants.${target}`;
    const type = targetType(resource, target);
    if (!type) problems.push({ field, message: unknownTarget(resource, target) });
    else if (Object.hasOwn(config.mapping ?? {}, target))
      problems.push({ field, message: `${target} is mapped to a column of the file as well; choose one` });
    else if (
      value.trim() !== '' &&
      (value.includes('\0') ||
        value.length > type.maxLength ||
        (dates && type.canonical(type.verbatim ? value.trim() : visible(value.trim()), dates) === undefined))
    ) {
      problems.push({ field, message: `${target} must be ${type.expected}; found ${shown(value)}` });
    }
  }
  return problems;
}

/** Why a column of the resource cannot be imported; `undefined` for any other name. */
export function whyReadOnly(resource: Resource, name: string): string | undefined {
  const lower = comparable(name).toLowerCase();
  const column = resource.columns.find((candidate) => candidate.readOnly && candidate.name.toLowerCase() === lower);
  return column && `${column.name} is read-only: it is set by bulk actions`;
}

function unknownTarget(resource: Resource, target: string): string {
  const names = importableColumns(resource).map(({ name }) => name);
  const open = resource.open ? ` and ${resource.open.prefix}*` : '';
  return (
    whyReadOnly(resource, target) ??
    `${resource.name} has no column ${shown(target)}; it has ${names.join(', ')}${open}`
  );
}
