import { quoteName, quoteNames } from '../../../store/connection/quote.ts';
import type { ColumnShape, TableShape } from '../shape/shape.ts';
import { EVENTS } from './effects.ts';
import type { Refusal, WriteRequest } from './plan.ts';

/** What is against the relation as a whole. */
export function refuseRelation(shape: TableShape, { mode }: WriteRequest): Refusal[] {
  const table = quoteNames(shape.schema, shape.name);
  const refuse = (code: Refusal['code'], message: string): Refusal[] => [{ code, message }];
  if (shape.server < 150_000)
    return refuse(
      'server_too_old',
      `PostgreSQL 15 or later is needed; ${table} is on ${Math.floor(shape.server / 10_000)}.`,
    );
  if (shape.encoding !== 'UTF8')
    return refuse(
      'encoding',
      `The database of ${table} is encoded as ${shape.encoding}. Only UTF8 holds whatever a file may say.`,
    );
  if (/^(pg_catalog|information_schema|pg_toast)$/.test(shape.schema))
    return refuse('system_table', `${table} belongs to PostgreSQL itself, and is not written to.`);
  if (shape.temporary)
    return refuse(
      'temporary_table',
      `${table} is a temporary table: no other session sees it. Make it an ordinary one.`,
    );
  switch (shape.kind) {
    case 'materialized view':
      return refuse(
        'materialized_view',
        `${table} is a materialized view, which only a refresh changes. Write to the tables behind it.`,
      );
    case 'foreign table':
      return refuse(
        'foreign_table',
        `${table} is a foreign table: its rows cannot be locked here. Adopt a table of the database of OpenBulk.`,
      );
    case 'sequence':
    case 'index':
    case 'composite type':
      return refuse(
        'not_a_table',
        `${table} is no table, but ${/^[aeiou]/.test(shape.kind) ? 'an' : 'a'} ${shape.kind}.`,
      );
    default:
  }
  const denied = EVENTS[mode].filter((event) => !shape.updatable[event]);
  if (denied.length > 0)
    return refuse(
      'view_not_updatable',
      `The view ${table} takes no ${denied.join(' and no ')}: PostgreSQL cannot tell which rows of which table are meant. Write to the tables behind it.`,
    );
  const instead = shape.rules.filter(
    ({ instead, enabled, event }) => instead && enabled && EVENTS[mode].some((own) => own === event),
  );
  if (instead.length > 0)
    return refuse(
      'has_rules',
      `Rules of ${table} do something else instead of what is asked for: ${instead.map(({ name }) => name).join(', ')}. What became of a line could not be told. Use a trigger instead.`,
    );
  return [];
}

/** What is against the columns that lines have, or lack. */
export function refuseColumns(shape: TableShape, request: WriteRequest): Refusal[] {
  const { columns, key, mode, organization } = request;
  const table = quoteNames(shape.schema, shape.name);
  const byName = new Map(shape.columns.map((column) => [column.name, column]));
  const refusals: Refusal[] = [];
  for (const [index, column] of columns.entries()) {
    const found = byName.get(column);
    if (columns.indexOf(column) < index)
      refusals.push({ code: 'duplicate_column', column, message: `The column ${column} of ${table} is given twice.` });
    else if (!found) refusals.push({ code: 'unknown_column', column, message: `${table} has no column ${column}.` });
    else if (column === organization?.column)
      refusals.push({
        code: 'organization_column',
        column,
        message: `The column ${column} of ${table} says whose a record is, and is not taken from a file. Leave it out.`,
      });
    else if (isWritten(request, column)) refusals.push(...refuseReadOnly(table, found));
  }
  if (organization && !byName.has(organization.column))
    refusals.push({
      code: 'unknown_column',
      column: organization.column,
      message: `${table} has no column ${organization.column}, which should say whose a record is.`,
    });
  const absent = key.filter((name) => !columns.includes(name) && byName.has(name));
  if (key.length === 0)
    refusals.push({ code: 'missing_key', message: `${table} has no key. Name the columns that identify a record.` });
  for (const column of absent)
    refusals.push({
      code: 'missing_key',
      column,
      message: `The column ${column} is part of the key of ${table}, and is needed in every line.`,
    });
  if (mode === 'insert') refusals.push(...refuseAbsent(shape, request));
  return refusals;
}

/** Whether a line changes the column: a key only tells which record is meant, unless records are made. */
function isWritten({ key, mode }: WriteRequest, column: string): boolean {
  if (mode === 'delete') return false;
  return mode !== 'update' || !key.includes(column);
}

function refuseReadOnly(table: string, { name, generated, identity, updatable }: ColumnShape): Refusal[] {
  const why = generated
    ? `is generated from others (${generated})`
    : identity === 'always'
      ? 'is numbered by the database (generated always as identity)'
      : updatable
        ? undefined
        : 'is computed by the view';
  if (!why) return [];
  const message = `The column ${name} of ${table} ${why}: a file cannot set it. Leave it out.`;
  return [{ code: 'read_only_column', column: name, message }];
}

/** Where every line makes a record, each must have what a record needs; unless a trigger gives it. */
function refuseAbsent(shape: TableShape, { columns, organization }: WriteRequest): Refusal[] {
  const given = shape.triggers.some(
    ({ fires, timing, each, events }) => fires && timing !== 'after' && each === 'row' && events.includes('insert'),
  );
  if (given) return [];
  return shape.columns
    .filter(
      ({ name, notNull, hasDefault, generated }) => notNull && !hasDefault && !generated && !columns.includes(name),
    )
    .filter(({ name }) => name !== organization?.column)
    .map(({ name }) => ({
      code: 'missing_column',
      column: name,
      message: `The column ${name} of ${quoteNames(shape.schema, shape.name)} must not be null and has no default: new records need it in every line.`,
    }));
}

const WHY = {
  partial: 'holds only some of the rows',
  expressions: 'is over expressions',
  deferrable: 'can be deferred',
  invalid: 'is not valid: it was not built to its end',
} as const;

/** No index says that the key is one record's: without one, two writers at once would make two of it. */
export function refuseKey(shape: TableShape, { key, organization }: WriteRequest): Refusal[] {
  if (key.length === 0 || key.some((name) => !shape.columns.some((column) => column.name === name))) return [];
  const columns = [
    ...(organization ? [organization.column] : []),
    ...key.filter((name) => name !== organization?.column),
  ];
  const table = quoteNames(shape.schema, shape.name);
  const behind = shape.shows;
  if (shape.kind === 'view' && !behind)
    return [
      {
        code: 'key_not_unique',
        message: `The view ${table} shows more than the rows of one table, so no key identifies them. Write to the tables behind it.`,
      },
    ];
  const partitions = shape.partitionedBy.filter((name) => !columns.includes(name));
  const missing = partitions.length > 0 ? [...columns, ...partitions] : columns;
  const target = behind ? quoteNames(behind.schema, behind.name) : table;
  const names = missing.map((name) => quoteName(behind?.columns[name] ?? name));
  const statement = `create unique index on ${target} (${names.join(', ')});`;
  const isSame = (its: readonly string[]) =>
    its.length === columns.length && its.every((name) => columns.includes(name));
  const near = shape.otherKeys.filter((one) => isSame(one.columns) || one.why === 'expressions');
  const others = near.map(({ name, why }) => ` The index ${quoteName(name)} ${WHY[why]}.`).join('');
  const more =
    partitions.length > 0
      ? ` The table is partitioned by ${partitions.join(', ')}, which a unique index must have as well: add it to the key.`
      : '';
  const message = `${target} has no unique index on ${columns.join(', ')} that could identify records.${others}${more} Its owner can make one: ${statement}`;
  return [{ code: 'key_not_unique', message, statement }];
}

/** What the role lacks. */
export function refusePrivileges(shape: TableShape, request: WriteRequest): Refusal[] {
  const { columns, key, mode, organization } = request;
  const { role, privileges, schema, name } = shape;
  const table = quoteNames(schema, name);
  const refusals: Refusal[] = [];
  const lacks = (what: string, statement: string, column?: string) =>
    refusals.push({
      code: 'missing_privilege',
      message: `The role ${role} may not ${what}. Its owner can allow it: ${statement}`,
      statement,
      ...(column !== undefined && { column }),
    });
  const to = quoteName(role);
  if (!privileges.schema) lacks(`use the schema ${schema}`, `grant usage on schema ${quoteName(schema)} to ${to};`);
  if (!privileges.temporary)
    lacks(
      'make temporary tables, in which lines are staged',
      `grant temporary on database ${quoteName(shape.database)} to ${to};`,
    );
  if (mode === 'delete' && !privileges.delete) lacks(`delete rows of ${table}`, `grant delete on ${table} to ${to};`);
  const needs: Readonly<Record<'select' | 'insert' | 'update', readonly string[]>> = {
    select:
      mode === 'upsert' || mode === 'update'
        ? [...columns, ...organizationOf(organization)]
        : [...key, ...organizationOf(organization)],
    insert: EVENTS[mode].some((event) => event === 'insert') ? [...columns, ...organizationOf(organization)] : [],
    update: EVENTS[mode].some((event) => event === 'update') ? columns.filter((column) => !key.includes(column)) : [],
  };
  for (const right of ['select', 'insert', 'update'] as const) {
    const lacking = shape.columns.filter((column) => needs[right].includes(column.name) && !column.privileges[right]);
    if (lacking.length === 0) continue;
    const names = lacking.map((column) => quoteName(column.name)).join(', ');
    lacks(`${right} ${names} of ${table}`, `grant ${right} (${names}) on ${table} to ${to};`, lacking[0]?.name);
  }
  return refusals;
}

function organizationOf(organization: WriteRequest['organization']): string[] {
  return organization ? [organization.column] : [];
}
