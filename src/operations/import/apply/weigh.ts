import type { Transaction } from '../../../store/connection/pool.ts';
import type { CopyRows } from '../../../targets/copy-rows.ts';
import { newValue, sameKey, stage, staging } from './staging.ts';
import type { ImportTarget } from './target.ts';

/**
 * Columns of a table whose rows may be too large for PostgreSQL, however short their values are. A row has 8,160 bytes, and a column takes
 * 24 of them at most: of longer values only a pointer stays in the row.
 */
const WIDE = 300;

/**
 * Has the database make the records that rows would make, in a table of the session, which refuses what the resource's own would
 * refuse (`isTooLarge`). Of resources without many columns it does nothing.
 *
 * @param indices of the rows that would make or change a record
 */
export function weighRows(tx: Transaction, target: ImportTarget, rows: CopyRows, indices: readonly number[]): void {
  const { columns, unlisted = [], open, document, table } = target.resource;
  const all = [...columns, ...unlisted, ...(open ? [open] : []), ...(document ? [document] : [])].map(({ sql }) => sql);
  if (all.length < WIDE || indices.length === 0) return;
  stage(tx, target, rows.bytes(indices));
  const given = new Set(target.columns);
  const values = all.map((column) => (given.has(column) ? newValue(target, column) : `t.${column}`));
  tx.send(
    `insert into ${staging(target)} (id, organization_id, key, created_at, updated_at, ${all.join(', ')})
       select s.id, s.organization_id, s.key, now(), now(), ${values.join(', ')}
       from ${staging(target)} s left join ${table} t on ${sameKey}`,
  );
}
