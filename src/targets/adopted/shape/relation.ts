import type { Queryable } from '../../../store/connection/wire.ts';
import type { RelationKind, TableShape } from './shape.ts';

export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** A relation without what belongs to it. */
export type Relation = Omit<
  TableShape,
  'columns' | 'keys' | 'otherKeys' | 'constraints' | 'referencedBy' | 'triggers' | 'rules' | 'shows'
> & {
  readonly oid: number;
  /** Whether PostgreSQL itself finds out what a change of the view means; false for a table. */
  readonly autoUpdatable: boolean;
};

/** By `relkind`. */
export const KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
  i: 'index',
  I: 'index',
  c: 'composite type',
};

/** @returns undefined when there is none of that name */
export async function readRelation(db: Queryable, { schema, table }: TableName): Promise<Relation | undefined> {
  const { rows } = await db.query<
    Omit<Relation, 'kind' | 'rowSecurity' | 'privileges' | 'updatable'> &
      Record<'enabled' | 'forced' | 'applies' | 'temp' | 'usable' | 'deletable', boolean> & {
        readonly relkind: string;
        readonly events: number | null;
        readonly byItself: number | null;
      }
  >(RELATION, [schema, table]);
  const [row] = rows;
  if (!row) return undefined;
  const { relkind, enabled, forced, applies, temp, usable, deletable, events, byItself, ...rest } = row;
  const can = (event: number) => events === null || (events & (1 << event)) !== 0;
  return {
    ...rest,
    kind: KINDS[relkind] as RelationKind,
    rowSecurity: { enabled, forced, applies },
    privileges: { schema: usable, delete: deletable, temporary: temp },
    updatable: { insert: can(CMD_INSERT), update: can(CMD_UPDATE), delete: can(CMD_DELETE) },
    autoUpdatable: byItself !== null && (byItself & (1 << CMD_UPDATE)) !== 0,
  };
}

// Bits of pg_relation_is_updatable: 1 << CmdType (PostgreSQL source, nodes/nodes.h).
const CMD_UPDATE = 2;
const CMD_INSERT = 3;
const CMD_DELETE = 4;

const RELATION = `
  select c.oid, n.nspname as schema, c.relname as name, c.relkind, c.relpersistence = 't' as temporary,
    current_setting('server_version_num')::integer as server,
    current_database() as database,
    case when (select source from pg_catalog.pg_settings where name = 'search_path') = 'client' then coalesce(
      (select substr(setting, length('search_path=') + 1) from pg_catalog.pg_db_role_setting d cross join unnest(d.setconfig) setting
        where d.setrole in (0, current_user::regrole) and setting like 'search_path=%'
          and d.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
        order by d.setrole <> 0 desc, d.setdatabase <> 0 desc limit 1), '"$user", public') end as "searchPath",
    (select pg_encoding_to_char(encoding) from pg_catalog.pg_database where datname = current_database()) as encoding,
    pg_get_userbyid(c.relowner) as owner, current_user::text as role,
    c.relrowsecurity as enabled, c.relforcerowsecurity as forced, row_security_active(c.oid) as applies,
    has_schema_privilege(n.oid, 'usage') as usable, has_table_privilege(c.oid, 'delete') as deletable,
    has_database_privilege(current_database(), 'temporary') as temp,
    case when c.relkind = 'v' then pg_relation_is_updatable(c.oid, true) end as events,
    case when c.relkind = 'v' then pg_relation_is_updatable(c.oid, false) end as "byItself",
    array(select format('%I.%I', pn.nspname, p.relname) from pg_catalog.pg_inherits i
      join pg_catalog.pg_class p on p.oid = i.inhparent join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
      where i.inhrelid = c.oid and c.relkind in ('r', 'p', 'f') order by i.inhseqno) as parents,
    c.relkind = 'r' and exists (select from pg_catalog.pg_inherits where inhparent = c.oid) as "hasChildren",
    array(select a.attname::text from pg_catalog.pg_partitioned_table p
      cross join unnest(p.partattrs::int2[]) with ordinality as k (number, place)
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
      where p.partrelid = c.oid order by k.place) as "partitionedBy"
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and c.relkind <> 't'`;
