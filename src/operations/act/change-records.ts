import type { Resource } from '../../resources/resource.ts';
import type { Transaction } from '../../store/connection/pool.ts';
import { join, raw, type Sql, sql, typed } from '../../store/connection/sql.ts';
import { RECORD_ALIAS } from '../../store/records/record-source.ts';
import type { Texts } from '../../store/tasks/former-values.ts';
import type { WritePlan } from '../../targets/adopted/plan/plan.ts';
import { openAdoptedTable } from '../../targets/adopted/write/write-chunk.ts';
import type { Target } from '../../targets/target.ts';
import { shown } from '../../task/errors.ts';
import { type ChunkOutcomes, emptyOutcomes } from '../../task/ledger.ts';
import type { LineError } from '../../task/line-reasons.ts';
import { adoptedTarget } from '../import/apply/adopted.ts';
import { namesOf } from '../import/apply/constrained.ts';
import { tellOutcomes } from '../import/apply/destination.ts';
import { keyValues } from './plan-records.ts';
import type { Assignments } from './values.ts';

/** What is done to the records of a resource: some of their columns are set, or, where it has none, they are deleted. */
export interface Change {
  readonly resource: Resource;
  readonly set?: Assignments;
}

/** The columns that are set, as statements have them, the open one last. */
export function changedColumns({ set }: Change): string[] {
  if (!set) return [];
  return [...set.columns.map(({ sql: column }) => column), ...(set.open ? [set.open.sql] : [])];
}

/** What to select of a record to know it: what names it to people, then the columns that are set. */
export function knownTexts(change: Change): Sql[] {
  const { key, columns } = change.resource;
  const named = key.columns.map((name) => columns.find((column) => column.name === name)?.sql as string);
  return [...named, ...changedColumns(change)].map((column) => raw(`${RECORD_ALIAS}.${column}::text`));
}

/** The condition that a record does not say already what is set; true of one that is to be deleted. */
export function differsSql({ set }: Change): Sql {
  if (!set) return sql`true`;
  const stored = (column: string) => raw(`${RECORD_ALIAS}.${column}`);
  const parts = set.columns.map(
    ({ sql: column, type, value }) => sql`${stored(column)} is distinct from ${typed(value, type)}`,
  );
  if (set.open) {
    const { sql: column, members } = set.open;
    const merged = sql`jsonb_strip_nulls(${stored(column)} || ${JSON.stringify(members)}::jsonb)`;
    parts.push(sql`${stored(column)} is distinct from ${merged}`);
  }
  return sql`(${join(parts, ' or ')})`;
}

/** A record that is at work. */
export interface WorkedRecord {
  /** Its place among the task's. */
  readonly line: number;
  readonly id: string;
  /** As `knownTexts` selects them. */
  readonly texts: readonly (string | null)[];
}

function nameOf({ key }: Resource, texts: readonly (string | null)[]): string {
  const parts = texts.slice(0, key.columns.length).filter((part) => part !== null);
  return key.together ? parts.join(', ') : (parts[0] ?? '');
}

/** The values of what is set, as a record has them: columns by their names in statements, members of the open one behind its name. */
export function valuesIn({ resource, set }: Change, texts: readonly (string | null)[]): Texts {
  const own = texts.slice(resource.key.columns.length);
  const values: Record<string, string | null> = {};
  for (const [index, { sql: column }] of (set?.columns ?? []).entries()) values[column] = own[index] ?? null;
  if (set?.open) {
    const { sql: column, members } = set.open;
    const stored = JSON.parse(own.at(-1) as string) as Texts;
    for (const name of Object.keys(members)) values[member(column, name)] = stored[name] ?? null;
  }
  return values;
}

/** What is set, in the same way. */
export function valuesSet({ set }: Change): Texts {
  const values: Record<string, string | null> = {};
  for (const { sql: column, value } of set?.columns ?? []) values[column] = value;
  if (set?.open) {
    const { sql: column, members } = set.open;
    for (const [name, value] of Object.entries(members)) values[member(column, name)] = value;
  }
  return values;
}

/** No column's name as a statement has it has a blank outside of its quotes. */
function member(column: string, name: string): string {
  return `${column} ${name}`;
}

/** What a record's line has when it gets these values, and keeps the others that it has. */
function lineOf({ resource, set }: Change, { id, texts }: WorkedRecord, values: Texts): (string | null)[] {
  const own = texts.slice(resource.key.columns.length);
  const line: (string | null)[] = keyValues(resource, id);
  const given = (name: string, present: string | null) =>
    Object.hasOwn(values, name) ? (values[name] ?? null) : present;
  for (const [index, { sql: column }] of (set?.columns ?? []).entries()) line.push(given(column, own[index] ?? null));
  if (set?.open) {
    const { sql: column, members } = set.open;
    const object = new Map(Object.entries(JSON.parse(own.at(-1) as string)));
    for (const name of Object.keys(members)) {
      const value = given(member(column, name), (object.get(name) as string | undefined) ?? null);
      if (value === null) object.delete(name);
      else object.set(name, value);
    }
    line.push(JSON.stringify(Object.fromEntries(object)));
  }
  return line;
}

/** Writes records, for the time of a slice. */
export interface RecordWriter {
  /**
   * Sets or deletes records that are locked, each as if alone: one that the database refuses is errored, and costs no other.
   *
   * @param values what a record gets; nothing of one that is deleted
   */
  write(
    tx: Transaction,
    records: readonly WorkedRecord[],
    values: (record: WorkedRecord) => Texts,
  ): Promise<ChunkOutcomes>;
  /** What becomes of a single record that cannot be written. */
  refuse(record: WorkedRecord, why: LineError): ChunkOutcomes;
}

export function openWriter(change: Change, plan: WritePlan): RecordWriter {
  const { resource } = change;
  const target: Target = resource.adopted ? adoptedTarget(resource, plan) : openAdoptedTable(plan, namesOf(resource));
  const named = ({ texts }: WorkedRecord, reason: string) => `Record ${shown(nameOf(resource, texts))}: ${reason}`;
  return {
    async write(tx, records, values) {
      const outcomes = emptyOutcomes();
      if (records.length === 0) return outcomes;
      const rows = target.rows();
      for (const record of records)
        rows.add(record.line, { key: record.id, values: lineOf(change, record, values(record)), removes: false });
      tellOutcomes(outcomes, rows, await target.write(tx, rows));
      const byLine = new Map(records.map((record) => [record.line, record]));
      const errored = outcomes.errored.map((error) => ({
        ...error,
        reason: named(byLine.get(error.line) as WorkedRecord, error.reason),
      }));
      return { ...outcomes, errored };
    },
    refuse: (record, { reason, ...why }) => ({
      ...emptyOutcomes(),
      errored: [{ line: record.line, ...why, reason: named(record, reason) }],
    }),
  };
}
