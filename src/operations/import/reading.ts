import type { CellReader } from '../../resources/cells/cell-reader.ts';
import { formatReader } from '../../resources/cells/formats.ts';
import { type ColumnType, readStandard } from '../../resources/types/column-type.ts';
import type { ImportConfig } from '../../task/task.ts';

/** How the cells of a column are read, and what they must be: completes "must be …" in a reason. */
export interface Reading {
  readonly read: CellReader;
  readonly expected: string;
}

/** How an import reads the cells of a target column: in the format that was given for it, if one was. */
export function readingOf(config: ImportConfig, target: string, type: ColumnType): Reading {
  const format = formatOf(config, target, type);
  const reader = format === undefined ? undefined : formatReader(type, format);
  if (!reader) {
    return { read: type.canonical, expected: type.advice ? `${type.expected} (${type.advice})` : type.expected };
  }
  const otherwise = type.format === 'date' ? ', or such as 2026-01-31' : '';
  return {
    read(cell) {
      const plain = reader(cell);
      return plain === undefined ? undefined : readStandard(type, plain);
    },
    expected: `${type.expected.replace(/ such as .*/, '')} in the given format ${format}${otherwise}`,
  };
}

/** Blanks around a format mean nothing. */
function formatOf(config: ImportConfig, target: string, type: ColumnType): string | undefined {
  const given = config.formats && Object.hasOwn(config.formats, target) ? config.formats[target] : undefined;
  return given?.trim() || (type.format === 'date' ? config.dateFormat?.trim() : undefined) || undefined;
}
