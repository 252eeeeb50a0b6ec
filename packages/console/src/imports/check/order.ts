import type { ImportOrder } from '@openbulk/client';
import type { Columns } from '../columns/mapping.ts';

/** What a person has said about how a file is to be imported. */
export interface Settings {
  readonly action: string;
  readonly columns: Columns;
  readonly override: boolean;
  /** Whether a blank cell leaves what a record has that is overwritten. */
  readonly keepBlanks: boolean;
  /** `''` for ISO dates. */
  readonly dateFormat: string;
  /** Target column to how its dates or numbers are written, where that is another way than of the rest. */
  readonly formats: Readonly<Record<string, string>>;
  /** Whether rows may lack their last cells. */
  readonly shortRows: boolean;
  /** Cells that mean that there is no value, such as `NULL`. */
  readonly missingValues: readonly string[];
  /** `''` for it to be found out. */
  readonly encoding: string;
}

export type Order = Omit<ImportOrder, 'organization' | 'file'>;

/** The order that settings are, without what goes without saying. */
export function orderOf(settings: Settings): Order {
  const { action, columns, override, keepBlanks, dateFormat, formats, shortRows, missingValues, encoding } = settings;
  const mapping: Record<string, string> = {};
  const constants: Record<string, string> = {};
  for (const [target, source] of Object.entries(columns)) {
    if ('header' in source) mapping[target] = source.header;
    else constants[target] = source.constant.trim();
  }
  return {
    action,
    override,
    ...(override && keepBlanks && { blankCells: 'keep' as const }),
    ...(Object.keys(mapping).length > 0 && { mapping }),
    ...(Object.keys(constants).length > 0 && { constants }),
    ...(dateFormat.trim() && { dateFormat: dateFormat.trim() }),
    ...(Object.keys(formats).length > 0 && { formats }),
    ...(shortRows && { allowShortRows: true }),
    ...(missingValues.length > 0 && { missingValues: [...missingValues] }),
    ...(encoding && { encoding }),
  };
}
