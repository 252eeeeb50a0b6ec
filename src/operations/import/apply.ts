import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Resource } from '../../resources/resource.ts';
import { isUniqueViolation, type Transaction } from '../../store/pool.ts';
import { newId } from '../../task/ids.ts';
import { type Check, type CheckedRow, copyText } from './check.ts';

/** Where the rows of a chunk go. */
export interface Target {
  readonly resource: Resource;
  readonly organizationId: string;
  readonly override: boolean;
  readonly check: Pick<Check, 'columns' | 'openColumn'>;
}

/** What became of each row, at the row's index. */
export type AppliedOutcome = 'inserted' | 'updated' | 'skipped';

/**
 * Applies checked rows to the target as if one after the other (contract "The ledger"), in a handful of statements:
 * the rows that are the first of their key are compared with the table as a set; a later row of the same key needs only
 * the row before it, since a record then holds exactly what that row says.
 */
export async function applyImport(
  tx: Transaction,
  target: Target,
  rows: readonly CheckedRow[],
): Promise<AppliedOutcome[]> {
  const outcomes: AppliedOutcome[] = new Array(rows.length).fill('skipped');
  if (rows.length === 0) return outcomes;
  const { firsts, rewritten } = followKeys(target, rows, outcomes);
  const existing = await existingKeys(tx, target, [...firsts.keys()]);
  const fresh: CheckedRow[] = [];
  const known: CheckedRow[] = [];
  for (const [key, index] of firsts) (existing.has(key) ? known : fresh).push(rows[index] as CheckedRow);

  const inserted = await insertFresh(tx, target, fresh);
  if (inserted) {
    // Another writer inserted some of the keys in between: for those lines the record exists after all.
    for (const row of fresh) if (!inserted.has(row.key)) known.push(row);
  }
  for (const row of fresh) if (!inserted || inserted.has(row.key)) outcomes[firsts.get(row.key) as number] = 'inserted';
  if (target.override) {
    for (const key of await updateKnown(tx, target, known)) outcomes[firsts.get(key) as number] = 'updated';
    await updateKnown(tx, target, rewritten);
  }
  return outcomes;
}

/**
 * Follows each key through the chunk: the index of its first row, and of the rows after it which changes the record.
 * `rewritten` has the last row of each key whose record does not end as its first row left it.
 */
function followKeys(
  target: Target,
  rows: readonly CheckedRow[],
  outcomes: AppliedOutcome[],
): { firsts: Map<string, number>; rewritten: CheckedRow[] } {
  const firsts = new Map<string, number>();
  const lasts = new Map<string, CheckedRow>();
  for (const [index, row] of rows.entries()) {
    const first = firsts.get(row.key);
    if (first === undefined) {
      firsts.set(row.key, index);
    } else if (target.override) {
      const before = lasts.get(row.key) ?? (rows[first] as CheckedRow);
      if (!sameValues(before, row)) outcomes[index] = 'updated';
      lasts.set(row.key, row);
    }
  }
  const rewritten = [...lasts.values()].filter(
    (row) => !sameValues(rows[firsts.get(row.key) as number] as CheckedRow, row),
  );
  return { firsts, rewritten };
}

function sameValues(a: CheckedRow, b: CheckedRow): boolean {
  return a.text === b.text && a.open?.merged === b.open?.merged;
}

async function existingKeys(
  tx: Transaction,
  { resource, organizationId }: Target,
  keys: string[],
): Promise<Set<string>> {
  const { rows } = await tx.query<[string]>({
    text: `select key from ${resource.table} where organization_id = $1 and key = any($2::text[])`,
    values: [organizationId, keys],
    rowMode: 'array',
  });
  return new Set(rows.map(([key]) => key));
}

/**
 * Copies rows whose keys are not there straight into the table.
 *
 * @returns the keys that were inserted, when another writer inserted some of them first; `undefined` when all were
 */
async function insertFresh(
  tx: Transaction,
  target: Target,
  rows: readonly CheckedRow[],
): Promise<Set<string> | undefined> {
  if (rows.length === 0) return undefined;
  const { table } = target.resource;
  const columns = [
    'id',
    'organization_id',
    'key',
    ...target.check.columns,
    ...(target.check.openColumn ? [target.check.openColumn] : []),
  ];
  const lines = () => rows.map((row) => `${newId()}\t${target.organizationId}\t${copyLine(row, row.open?.set)}`);
  await tx.query('savepoint fresh');
  try {
    await copy(tx, table, columns, lines());
    return undefined;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
  await tx.query('rollback to savepoint fresh');
  await makeStaging(tx, target.resource);
  await copy(tx, staging(target.resource), columns, lines());
  const names = columns.join(', ');
  const { rows: inserted } = await tx.query<{ key: string }>(
    `insert into ${table} (${names}) select ${names} from ${staging(target.resource)} on conflict (organization_id, key) do nothing returning key`,
  );
  await tx.query(`delete from ${staging(target.resource)}`);
  return new Set(inserted.map(({ key }) => key));
}

/**
 * Updates the records of rows whose keys are there; what would change nothing is not written.
 *
 * @returns the keys whose records changed
 */
async function updateKnown(tx: Transaction, target: Target, rows: readonly CheckedRow[]): Promise<string[]> {
  if (rows.length === 0) return [];
  const { resource, check } = target;
  const columns = [...check.columns, ...(check.openColumn ? [check.openColumn] : [])];
  await makeStaging(tx, resource);
  await copy(
    tx,
    staging(resource),
    ['key', ...columns],
    rows.map((row) => copyLine(row, row.open?.merged)),
  );
  const value = (column: string) =>
    column === check.openColumn ? `jsonb_strip_nulls(t.${column} || s.${column})` : `s.${column}`;
  const { rows: changed } = await tx.query<[string]>({
    text: `update ${resource.table} t
      set updated_at = now(), ${columns.map((column) => `${column} = ${value(column)}`).join(', ')}
      from ${staging(resource)} s
      where t.organization_id = $1 and t.key = s.key
        and (${columns.map((column) => `t.${column}`).join(', ')}) is distinct from (${columns.map(value).join(', ')})
      returning t.key`,
    values: [target.organizationId],
    rowMode: 'array',
  });
  await tx.query(`delete from ${staging(resource)}`);
  return changed.map(([key]) => key);
}

function staging(resource: Resource): string {
  return `staging_${resource.table}`;
}

/** The session's staging table: all columns of the target, none of its constraints. Made once a session, empty between uses. */
async function makeStaging(tx: Transaction, resource: Resource): Promise<void> {
  await tx.query(
    `create temporary table if not exists ${staging(resource)} on commit delete rows as select * from ${resource.table} with no data`,
  );
}

async function copy(tx: Transaction, table: string, columns: readonly string[], lines: string[]): Promise<void> {
  await pipeline(
    [Buffer.from(`${lines.join('\n')}\n`)],
    tx.query(copyFrom(`copy ${table} (${columns.join(', ')}) from stdin`)),
  );
}

function copyLine(row: CheckedRow, open: string | undefined): string {
  const line = `${copyText(row.key)}\t${row.text}`;
  return open === undefined ? line : `${line}\t${copyText(open)}`;
}
