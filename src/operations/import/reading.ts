import type { CellReader } from '../../resources/cells/cell-reader.ts';
import { formatReader } from '../../resources/cells/formats.ts';
import { type ColumnType, readStandard } from '../../resources/types/column-type.ts';
import type { ImportConfig } from '../../task/task.ts';

/** How the cells of a column are read, and what one that cannot be must be: completes "must be …" in a reason. */
export interface Reading {
  readonly read: CellReader;
  expectedOf(cell: string): string;
}

/** How an import reads the cells of a target column: in the format that was given for it, if one was. */
export function readingOf(config: ImportConfig, target: string, type: ColumnType): Reading {
  const format = formatOf(config, target, type);
  const reader = format === undefined ? undefined : formatReader(type, format);
  if (!reader) {
    const { expected, advice, isWell } = type;
    // Of a cell that is only too large, or too early, the way it is written is not what is wrong.
    const expectedOf = (cell: string) => (advice && !isWell?.(cell) ? `${expected} (${advice})` : expected);
    return { read: type.canonical, expectedOf };
  }
  const otherwise = type.format === 'date' ? ', or such as 2026-01-31' : '';
  const inFormat = `${type.expected.replace(/ such as .*/, '')} in the given format ${format}${otherwise}`;
  return {
    read(cell) {
      const plain = reader(cell);
      return plain === undefined ? undefined : readStandard(type, plain);
    },
    expectedOf(cell) {
      const plain = reader(cell);
      const isWell = plain !== undefined && (type.isWell?.(plain) ?? true);
      return isWell ? (type.standardExpected ?? type.expected) : inFormat;
    },
  };
}

/** How values are read that are written as the API writes them. */
export function standardReading(type: ColumnType): Reading {
  return {
    read: (text) => readStandard(type, text),
    expectedOf: () => type.standardExpected ?? type.expected,
  };
}

/** Blanks around a format mean nothing. */
function formatOf(config: ImportConfig, target: string, type: ColumnType): string | undefined {
  const given = config.formats && Object.hasOwn(config.formats, target) ? config.formats[target] : undefined;
  return given?.trim() || (type.format === 'date' ? config.dateFormat?.trim() : undefined) || undefined;
}
