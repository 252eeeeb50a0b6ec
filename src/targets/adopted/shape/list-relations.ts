import type { Queryable } from '../../../store/connection/wire.ts';
import { KINDS } from './relation.ts';
import type { RelationKind } from './shape.ts';

/** A relation that has rows, and what a person knows it by. */
export interface ListedRelation {
  readonly schema: string;
  readonly table: string;
  readonly kind: RelationKind;
  /** Those that the role can read, with their types as SQL names them. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** The tables and views of some schemas that the role can see, by name. Partitions are part of their table. */
export async function listRelations(db: Queryable, schemas: readonly string[]): Promise<ListedRelation[]> {
  const { rows } = await db.query<Omit<ListedRelation, 'kind'> & { relkind: string }>(RELATIONS, [schemas]);
  return rows.map(({ relkind, ...rest }) => ({ ...rest, kind: KINDS[relkind] as RelationKind }));
}

const RELATIONS = `
  select n.nspname as schema, c.relname as "table", c.relkind,
    coalesce((
      select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum)
      from pg_catalog.pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and has_column_privilege(c.oid, a.attnum, 'select')
    ), '[]') as columns
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and not c.relispartition and has_schema_privilege(n.oid, 'usage')
  order by n.nspname collate "C", c.relname collate "C"`;
