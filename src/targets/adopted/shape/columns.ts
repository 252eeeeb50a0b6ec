import type { Queryable } from '../../../store/connection/wire.ts';
import type { ColumnShape, DomainShape, TypeShape } from './shape.ts';

const KINDS: Readonly<Record<string, TypeShape['kind']>> = {
  b: 'base',
  c: 'composite',
  d: 'domain',
  e: 'enum',
  p: 'pseudo',
  r: 'range',
  m: 'multirange',
};

interface ColumnRow extends Omit<ColumnShape, 'base' | 'privileges' | 'generated' | 'identity'> {
  readonly base: { oid: number; schema: string; name: string; typtype: string };
  readonly labels: readonly string[] | null;
  readonly element: { schema: string; name: string; typtype: string } | null;
  readonly generated: '' | 's' | 'v';
  readonly identity: '' | 'a' | 'd';
  readonly selects: boolean;
  readonly inserts: boolean;
  readonly updates: boolean;
}

/** The columns of a relation, in their order. */
export async function readColumns(db: Queryable, oid: number): Promise<ColumnShape[]> {
  const { rows } = await db.query<ColumnRow>(COLUMNS, [oid]);
  return rows.map((row) => {
    const { base, labels, element, generated, identity, selects, inserts, updates, ...rest } = row;
    const { modified, length, default: value, domains, ...column } = rest;
    return {
      ...column,
      ...(modified != null && { modified }),
      ...(length != null && { length }),
      ...(value != null && { default: value }),
      ...(generated && { generated: generated === 's' ? 'stored' : 'virtual' }),
      ...(identity && { identity: identity === 'a' ? 'always' : 'by default' }),
      base: {
        oid: base.oid,
        schema: base.schema,
        name: base.name,
        kind: KINDS[base.typtype] as TypeShape['kind'],
        ...(labels && { labels }),
        ...(element && {
          element: {
            schema: element.schema,
            name: element.name,
            kind: KINDS[element.typtype] as TypeShape['kind'],
          },
        }),
      },
      domains: domains as DomainShape[],
      privileges: { select: selects, insert: inserts, update: updates },
    };
  });
}

/** A domain may be over another; a length belongs to the type that has it, the column's or the innermost domain's. */
const COLUMNS = `
  with recursive chain (number, type, typmod, depth) as (
    select attnum, atttypid, atttypmod, 0 from pg_catalog.pg_attribute
    where attrelid = $1 and attnum > 0 and not attisdropped
    union all
    select c.number, t.typbasetype, t.typtypmod, c.depth + 1
    from chain c join pg_catalog.pg_type t on t.oid = c.type where t.typtype = 'd'
  ), bases as (
    select distinct on (number) number, type, typmod from chain order by number, depth desc
  )
  select a.attname as name, a.attnum as number, format_type(a.atttypid, a.atttypmod) as type,
    json_build_object('oid', t.oid::bigint, 'schema', n.nspname, 'name', t.typname, 'typtype', t.typtype) as base,
    case when b.typmod >= 0 then format_type(t.oid, b.typmod) end as modified,
    case when b.typmod > 4 and t.oid in ('varchar'::regtype, 'bpchar'::regtype) then b.typmod - 4 end as length,
    case when t.typtype = 'e' then
      (select json_agg(enumlabel order by enumsortorder) from pg_catalog.pg_enum where enumtypid = t.oid) end as labels,
    (select json_build_object('schema', en.nspname, 'name', e.typname, 'typtype', e.typtype)
      from pg_catalog.pg_type e join pg_catalog.pg_namespace en on en.oid = e.typnamespace
      where e.oid = t.typelem and t.typcategory = 'A') as element,
    coalesce((select json_agg(json_build_object('schema', dn.nspname, 'name', d.typname, 'notNull', d.typnotnull, 'checks',
        (select coalesce(json_object_agg(k.conname, pg_get_constraintdef(k.oid) order by k.conname), '{}')
          from pg_catalog.pg_constraint k where k.contypid = d.oid and k.contype = 'c')) order by c.depth)
      from chain c join pg_catalog.pg_type d on d.oid = c.type join pg_catalog.pg_namespace dn on dn.oid = d.typnamespace
      where c.number = a.attnum and d.typtype = 'd'), '[]') as domains,
    a.attnotnull or exists (select from chain c join pg_catalog.pg_type d on d.oid = c.type
      where c.number = a.attnum and d.typtype = 'd' and d.typnotnull) as "notNull",
    a.atthasdef or a.attidentity <> '' or exists (select from chain c join pg_catalog.pg_type d on d.oid = c.type
      where c.number = a.attnum and d.typdefault is not null) as "hasDefault",
    coalesce(pg_get_expr(def.adbin, def.adrelid), ty.typdefault) as default,
    a.attgenerated as generated, a.attidentity as identity,
    coalesce(co.collisdeterministic, true) as deterministic,
    r.relkind <> 'v' or pg_column_is_updatable(r.oid, a.attnum, true) as updatable,
    has_column_privilege($1, a.attnum, 'select') as selects,
    has_column_privilege($1, a.attnum, 'insert') as inserts,
    has_column_privilege($1, a.attnum, 'update') as updates
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class r on r.oid = a.attrelid
  join bases b on b.number = a.attnum
  join pg_catalog.pg_type t on t.oid = b.type
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  join pg_catalog.pg_type ty on ty.oid = a.atttypid
  left join pg_catalog.pg_attrdef def on def.adrelid = a.attrelid and def.adnum = a.attnum
  left join pg_catalog.pg_collation co on co.oid = a.attcollation
  where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped
  order by a.attnum`;
