import type { Queryable } from '../../../store/connection/wire.ts';

/** Rows that are looked at where the catalogue does not say what a column has. */
const LOOKED_AT = 1_000;

/** A column of a table. */
export interface ColumnPlace {
  /** As a statement has it. */
  readonly from: string;
  readonly column: string;
}

/** A character that no entry of the lists has, as far as some rows tell. */
export async function findDelimiter(db: Queryable, { from, column }: ColumnPlace): Promise<string> {
  const { rows } = await db.query<{ texts: string | null }>(
    `select string_agg(entry, '') as texts from (select unnest(${column}::text[]) as entry from (select ${column} from ${from} limit ${LOOKED_AT}) t) e`,
  );
  return [',', ';', '|', '\n'].find((delimiter) => !rows[0]?.texts?.includes(delimiter)) ?? '\u001f';
}

/** What kind of JSON a column has, as far as some rows tell; text where it is of several kinds. */
export async function findJsonType(db: Queryable, { from, column }: ColumnPlace): Promise<string> {
  const { rows } = await db.query<{ kind: string }>(
    `select distinct jsonb_typeof(${column}::jsonb) as kind from (select ${column} from ${from} where ${column} is not null limit ${LOOKED_AT}) t`,
  );
  const kinds = rows.map(({ kind }) => kind);
  if (kinds.every((kind) => kind === 'object')) return 'object';
  return kinds.every((kind) => kind === 'array') ? 'array' : 'string';
}
