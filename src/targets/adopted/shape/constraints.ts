import type { Queryable } from '../../../store/connection/wire.ts';
import type {
  ConstraintShape,
  KeyShape,
  ReferenceAction,
  ReferenceShape,
  RuleShape,
  TriggerShape,
  UnusableKey,
} from './shape.ts';

interface IndexRow {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly own: boolean;
  readonly root: string;
  readonly columns: KeyShape['columns'];
  readonly included: readonly string[];
  readonly primary: boolean;
  readonly nullsNotDistinct: boolean;
  readonly why: UnusableKey['why'] | null;
}

/** What the unique indexes of a relation and of its partitions say. */
export interface UniqueIndexes {
  readonly keys: readonly KeyShape[];
  readonly otherKeys: readonly UnusableKey[];
  readonly constraints: readonly ConstraintShape[];
}

export async function readUniqueIndexes(db: Queryable, oid: number): Promise<UniqueIndexes> {
  const { rows } = await db.query<IndexRow>(UNIQUE_INDEXES, [oid]);
  const own = rows.filter((row) => row.own);
  const namesOf = ({ columns }: IndexRow) => columns.map(({ name }) => name);
  return {
    keys: own
      .filter(({ why }) => why === null)
      .map(({ name, columns, included, primary, nullsNotDistinct }) => ({
        ...{ name, columns, included, primary, nullsNotDistinct },
      })),
    otherKeys: own
      .filter(({ why }) => why !== null)
      .map((row) => ({ name: row.name, columns: namesOf(row), why: row.why as UnusableKey['why'] })),
    constraints: rows.map((row) => ({
      ...{ name: row.name, schema: row.schema, table: row.table, kind: 'unique' as const, columns: namesOf(row) },
      deferrable: row.why === 'deferrable',
      ...(row.root !== row.name && { root: row.root }),
    })),
  };
}

/** The relation, and its partitions. */
const TREE = `(select $1::oid as oid union select relid from pg_catalog.pg_partition_tree($1::oid::regclass))`;

/** Equality is the third strategy of a B-tree (PostgreSQL manual, "B-Tree Indexes"), the only kind that can be unique. */
const UNIQUE_INDEXES = `
  select ic.relname as name, n.nspname as schema, c.relname as table, i.indrelid = $1 as own, rc.relname as root,
    coalesce((select json_agg(json_build_object('name', a.attname, 'equals', json_build_object('schema', opn.nspname, 'name', op.oprname))
        order by k.place)
      from unnest(i.indkey::int2[], i.indclass::oid[]) with ordinality as k (number, class, place)
      join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
      join pg_catalog.pg_opclass oc on oc.oid = k.class
      join pg_catalog.pg_amop am on am.amopfamily = oc.opcfamily and am.amopstrategy = 3
        and am.amoplefttype = oc.opcintype and am.amoprighttype = oc.opcintype
      join pg_catalog.pg_operator op on op.oid = am.amopopr
      join pg_catalog.pg_namespace opn on opn.oid = op.oprnamespace
      where k.place <= i.indnkeyatts), '[]') as columns,
    coalesce((select json_agg(a.attname order by k.place)
      from unnest(i.indkey::int2[]) with ordinality as k (number, place)
      join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
      where k.place > i.indnkeyatts), '[]') as included,
    i.indisprimary as primary, i.indnullsnotdistinct as "nullsNotDistinct",
    case when i.indexprs is not null then 'expressions' when i.indpred is not null then 'partial'
      when not i.indimmediate then 'deferrable' when not (i.indisvalid and i.indisready and i.indislive) then 'invalid' end as why
  from pg_catalog.pg_index i
  join ${TREE} tree on tree.oid = i.indrelid
  join pg_catalog.pg_class ic on ic.oid = i.indexrelid
  join pg_catalog.pg_class c on c.oid = i.indrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_class rc on rc.oid = coalesce(
    (select a.relid from pg_catalog.pg_partition_ancestors(i.indexrelid) a (relid)
      join pg_catalog.pg_index ai on ai.indexrelid = a.relid where ai.indrelid = $1), i.indexrelid)
  where i.indisunique
  order by i.indrelid <> $1, not i.indisprimary, ic.relname`;

const KINDS: Readonly<Record<string, ConstraintShape['kind']>> = {
  f: 'foreign key',
  c: 'check',
  x: 'exclusion',
  t: 'trigger',
};

/** Constraints of a relation and its partitions; unique ones are read with their indexes. */
export async function readConstraints(db: Queryable, oid: number): Promise<ConstraintShape[]> {
  const { rows } = await db.query<
    Omit<ConstraintShape, 'kind' | 'references'> & {
      readonly contype: string;
      readonly references: ConstraintShape['references'] | null;
    }
  >(CONSTRAINTS, [oid]);
  return rows.map(({ contype, references, ...rest }) => ({
    ...rest,
    kind: KINDS[contype] as ConstraintShape['kind'],
    ...(references && { references }),
  }));
}

const CONSTRAINTS = `
  select k.conname as name, n.nspname as schema, c.relname as table, k.contype, k.condeferrable as deferrable,
    array(select a.attname::text from unnest(k.conkey) with ordinality as p (number, place)
      join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.number order by p.place) as columns,
    case when k.contype = 'f' then json_build_object('schema', fn.nspname, 'table', f.relname,
      'columns', array(select a.attname::text from unnest(k.confkey) with ordinality as p (number, place)
        join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = p.number order by p.place),
      'self', k.confrelid in (select oid from tree)) end as references
  from pg_catalog.pg_constraint k
  join tree on tree.oid = k.conrelid
  join pg_catalog.pg_class c on c.oid = k.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_class f on f.oid = k.confrelid
  left join pg_catalog.pg_namespace fn on fn.oid = f.relnamespace
  where k.contype in ('f', 'c', 'x', 't')
  order by k.conrelid <> $1, k.contype, k.conname, c.relname`.replace(/^/, `with tree as ${TREE}`);

const ACTIONS: Readonly<Record<string, ReferenceAction>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

/** Foreign keys that reference a relation, its own included. */
export async function readReferences(db: Queryable, oid: number): Promise<ReferenceShape[]> {
  const { rows } = await db.query<
    Pick<ReferenceShape, 'name' | 'schema' | 'table'> & { readonly update: string; readonly delete: string }
  >(REFERENCES, [oid]);
  return rows.map(({ update, delete: remove, ...rest }) => ({
    ...rest,
    onUpdate: ACTIONS[update] as ReferenceAction,
    onDelete: ACTIONS[remove] as ReferenceAction,
  }));
}

const REFERENCES = `
  select k.conname as name, n.nspname as schema, c.relname as table, k.confupdtype as update, k.confdeltype as delete
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_class c on c.oid = k.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where k.contype = 'f' and k.confrelid = $1 and k.conparentid = 0
  order by n.nspname, c.relname, k.conname`;

/** Triggers that the owner made, each once, whatever partitions have a copy of it. */
export async function readTriggers(db: Queryable, oid: number): Promise<TriggerShape[]> {
  const { rows } = await db.query<
    Omit<TriggerShape, 'timing' | 'events' | 'each' | 'fires'> & { readonly type: number; readonly replica: boolean }
  >(TRIGGERS, [oid]);
  return rows.map(({ type, replica, ...rest }) => ({
    ...rest,
    timing: type & 64 ? 'instead of' : type & 2 ? 'before' : 'after',
    each: type & 1 ? 'row' : 'statement',
    events: EVENTS.filter(({ bit }) => type & bit).map(({ event }) => event),
    fires: (replica ? ['A', 'R'] : ['A', 'O']).includes(rest.enabled),
  }));
}

// Bits of tgtype (PostgreSQL source, catalog/pg_trigger.h).
const EVENTS = [
  { bit: 4, event: 'insert' },
  { bit: 8, event: 'delete' },
  { bit: 16, event: 'update' },
  { bit: 32, event: 'truncate' },
] as const;

const TRIGGERS = `
  select t.tgname as name, n.nspname as schema, c.relname as table, t.tgtype as type, t.tgenabled as enabled,
    t.tgdeferrable as deferrable, format('%I.%I', pn.nspname, p.proname) as function,
    current_setting('session_replication_role') = 'replica' as replica
  from pg_catalog.pg_trigger t
  join ${TREE} tree on tree.oid = t.tgrelid
  join pg_catalog.pg_class c on c.oid = t.tgrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_proc p on p.oid = t.tgfoid
  join pg_catalog.pg_namespace pn on pn.oid = p.pronamespace
  where not t.tgisinternal and t.tgparentid = 0
  order by t.tgrelid <> $1, t.tgname, c.relname`;

/** Rules, but the one that makes a view. */
export async function readRules(db: Queryable, oid: number): Promise<RuleShape[]> {
  const { rows } = await db.query<RuleShape>(
    `select r.rulename as name, r.is_instead as instead, r.ev_enabled <> 'D' as enabled,
       case r.ev_type when '1' then 'select' when '2' then 'update' when '3' then 'insert' else 'delete' end as event
     from pg_catalog.pg_rewrite r where r.ev_class = $1 and r.rulename <> '_RETURN' order by r.rulename`,
    [oid],
  );
  return rows;
}
