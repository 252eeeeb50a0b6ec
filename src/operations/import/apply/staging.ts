import { plainName } from '../../../resources/declaration/names.ts';
import type { Transaction } from '../../../store/connection/pool.ts';
import type { Statement } from '../../../store/connection/wire.ts';
import type { ImportTarget } from './target.ts';

/** Puts rows into the session's staging table: all columns of the target, none of its constraints. */
export function stage(tx: Transaction, target: ImportTarget, bytes: Buffer, busy?: () => void): void {
  const table = staging(target);
  tx.send(
    `create temporary table if not exists ${table} on commit delete rows as select * from ${target.resource.table} with no data`,
  );
  tx.send(`delete from ${table}`);
  tx.send(copy(table, target, bytes, busy));
}

/**
 * Rows on their way into a table.
 *
 * @param busy called when the bytes are sent: what is read before they are would keep the database waiting for them
 */
export function copy(table: string, target: ImportTarget, bytes: Buffer, busy?: () => void): Statement {
  const text = `copy ${table} (${copied(target).join(', ')}) from stdin`;
  return { text, copy: bytes, ...(busy && { sent: busy }) };
}

/** That `t` is the record of the staged row `s`. No constant organization: see `compareKnown`. */
export const sameKey = 't.organization_id = s.organization_id and t.key = s.key';

/** What a column of the record `t` is after the staged row `s`. */
export function newValue({ openColumn, keepsBlanks }: ImportTarget, column: string): string {
  if (column === openColumn) return `jsonb_strip_nulls(t.${column} || s.${column})`;
  return keepsBlanks ? `coalesce(s.${column}, t.${column})` : `s.${column}`;
}

/** The session's staging table: another one once the resource's has changed, since it stays in a session as it was made. */
export function staging({ resource: { table, versionId } }: ImportTarget): string {
  return `staging_${plainName(versionId === undefined ? table : `${table} ${versionId}`)}`;
}

/** The columns of a row's bytes: its values, and then what `CopyRows` writes behind them. */
export function copied(target: ImportTarget): string[] {
  return [...target.columns, 'key', 'id', 'organization_id'];
}
