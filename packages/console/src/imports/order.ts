import type { ImportAction } from './resources.ts';

/** What a person has said about a file; empty is what was not filled in. */
export interface Draft {
  readonly file: File | undefined;
  readonly action: ImportAction;
  readonly override: boolean;
  readonly dateFormat: string;
  readonly encoding: string;
  /** By target column. */
  readonly columns: Readonly<Record<string, ColumnDraft>>;
}

export interface ColumnDraft {
  /** As the file names it. */
  readonly header: string;
  readonly constant: string;
}

export const emptyDraft: Draft = {
  file: undefined,
  action: 'import-inventory-items',
  override: false,
  dateFormat: '',
  encoding: '',
  columns: {},
};

/** The columns for which there is both a header and a constant: only one of them can be meant. */
export function contradictory({ columns }: Pick<Draft, 'columns'>): string[] {
  return Object.keys(columns).filter((name) => columns[name]?.header !== '' && columns[name]?.constant !== '');
}

/** The order that a draft is, without what was not filled in. */
export function orderOf({ action, override, dateFormat, encoding, columns }: Draft) {
  const mapping = filled(columns, 'header');
  const constants = filled(columns, 'constant');
  return {
    action,
    override,
    ...(mapping && { mapping }),
    ...(constants && { constants }),
    ...(dateFormat.trim() && { dateFormat: dateFormat.trim() }),
    ...(encoding.trim() && { encoding: encoding.trim() }),
  };
}

function filled(columns: Draft['columns'], member: keyof ColumnDraft): Record<string, string> | undefined {
  const given = Object.entries(columns).flatMap(([name, column]) =>
    column[member] === '' ? [] : [[name, column[member]] as const],
  );
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}
