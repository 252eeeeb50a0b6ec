import { finished } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Resource } from '../../resources/resource.ts';
import { ConflictError, isUniqueViolation, type Transaction } from '../../store/pool.ts';
import type { CopyRows } from './copy-rows.ts';

/** Where the rows of a chunk go. */
export interface Target {
  readonly resource: Resource;
  readonly organizationId: string;
  readonly override: boolean;
  /** The table's columns of the rows' values, in their order; the open one last. */
  readonly columns: readonly string[];
  /** The `jsonb` column of open columns, where the file has some: its members are merged, and null ones removed. */
  readonly openColumn?: string;
  /** What the last chunk has taught: of how many of its keys, from 0 to 1, there were records. */
  readonly memory: { known: number };
}

/** What became of each row, at the row's index. */
export type AppliedOutcome = 'inserted' | 'updated' | 'skipped';

/**
 * Applies checked rows to the target as if one after the other (contract "The ledger"), in a handful of statements:
 * the rows that are the first of their key are compared with the table as a set; a later row of the same key needs only
 * the row before it, since a record then holds exactly what that row says.
 *
 * How, the chunk before tells: rows are taken for new until one is not (then the COPY fails at once); where some are known,
 * their keys are looked up first; where most are and they may change records, all are staged and compared.
 *
 * @param busy called once the rows are on their way
 * @throws ConflictError when another writer came in between: to be done anew
 */
export async function applyImport(
  tx: Transaction,
  target: Target,
  rows: CopyRows,
  busy: () => void = () => {},
): Promise<AppliedOutcome[]> {
  const outcomes: AppliedOutcome[] = new Array(rows.length).fill('skipped');
  if (rows.length === 0) return outcomes;
  const { firsts, rewritten } = followKeys(target, rows, outcomes);
  const { memory } = target;
  // Members of open columns can only be removed by a statement.
  const staged = rows.removes || (target.override && memory.known > 0.5);
  let fresh: readonly string[];
  let changed: readonly string[] = [];
  if (!staged && memory.known === 0 && (await copyFresh(tx, target, rows.bytes(pick(rows, firsts.values())), busy))) {
    fresh = [...firsts.keys()];
  } else if (staged) {
    ({ fresh, changed } = await applyStaged(tx, target, rows.bytes(pick(rows, firsts.values())), busy));
  } else {
    ({ fresh, changed } = await applyLookedUp(tx, target, rows, firsts, busy));
  }
  memory.known = 1 - fresh.length / firsts.size;
  for (const key of fresh) outcomes[firsts.get(key) as number] = 'inserted';
  for (const key of changed) outcomes[firsts.get(key) as number] = 'updated';
  if (rewritten.length > 0) {
    await stage(tx, target, rows.bytes(rewritten));
    const keys = rewritten.map((index) => rows.keys[index] as string);
    await updateStaged(tx, target, keys);
  }
  return outcomes;
}

/** The indices as `CopyRows.bytes` takes them: nothing for all. */
function pick(rows: CopyRows, indices: Iterable<number>): number[] | undefined {
  const picked = [...indices];
  return picked.length === rows.length ? undefined : picked;
}

interface Applied {
  /** Keys of the rows that became records. */
  readonly fresh: readonly string[];
  /** Keys of the rows that changed records. */
  readonly changed: readonly string[];
}

/** Copies the rows whose keys are not there; compares the others, if they may change records. */
async function applyLookedUp(
  tx: Transaction,
  target: Target,
  rows: CopyRows,
  firsts: ReadonlyMap<string, number>,
  busy: () => void,
): Promise<Applied> {
  const finding = tx.query<[string]>({
    text: `select key from ${target.resource.table} where organization_id = $1 and key = any($2::text[])`,
    values: [target.organizationId, [...firsts.keys()]],
    rowMode: 'array',
  });
  busy();
  const { rows: found } = await finding;
  const known = new Set(found.map(([key]) => key));
  const fresh = [...firsts.keys()].filter((key) => !known.has(key));
  const indicesOf = (keys: Iterable<string>) => [...keys].map((key) => firsts.get(key) as number).sort((a, b) => a - b);
  if (fresh.length > 0 && !(await copyFresh(tx, target, rows.bytes(indicesOf(fresh))))) throw interrupted();
  if (!target.override || known.size === 0) return { fresh, changed: [] };
  const { fresh: vanished, changed } = await applyStaged(tx, target, rows.bytes(indicesOf(known)));
  return { fresh: [...fresh, ...vanished], changed };
}

/** Compares rows with the table as a set, and writes those that are new or change a record. */
async function applyStaged(tx: Transaction, target: Target, bytes: Buffer, busy?: () => void): Promise<Applied> {
  await stage(tx, target, bytes, busy);
  const differing = await compare(tx, target);
  await insertStaged(tx, target, differing.fresh);
  await updateStaged(tx, target, differing.changed);
  return differing;
}

function interrupted(): ConflictError {
  return new ConflictError('Another writer inserted, changed or deleted one of the records.');
}

/**
 * Follows each key through the chunk: the index of its first row, and of the rows after it which changes the record.
 * `rewritten` has the last row of each key whose record does not end as its first row left it, in ascending order.
 */
function followKeys(
  target: Target,
  rows: CopyRows,
  outcomes: AppliedOutcome[],
): { firsts: Map<string, number>; rewritten: number[] } {
  const firsts = new Map<string, number>();
  const lasts = new Map<string, number>();
  for (const [index, key] of rows.keys.entries()) {
    const first = firsts.get(key);
    if (first === undefined) {
      firsts.set(key, index);
    } else if (target.override) {
      if (!rows.same(lasts.get(key) ?? first, index)) outcomes[index] = 'updated';
      lasts.set(key, index);
    }
  }
  const rewritten = [...lasts].filter(([key, last]) => !rows.same(firsts.get(key) as number, last));
  return { firsts, rewritten: rewritten.map(([, last]) => last).sort((a, b) => a - b) };
}

/** Copies rows straight into the table. @returns whether they are there: not when a record of one of their keys is */
async function copyFresh(tx: Transaction, target: Target, bytes: Buffer, busy?: () => void): Promise<boolean> {
  await tx.query('savepoint fresh');
  try {
    await copy(tx, target.resource.table, target, bytes, busy);
    return true;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
  await tx.query('rollback to savepoint fresh');
  return false;
}

/** Puts rows into the session's staging table: all columns of the target, none of its constraints. */
async function stage(tx: Transaction, target: Target, bytes: Buffer, busy?: () => void): Promise<void> {
  const { table } = target.resource;
  await tx.query(`create temporary table if not exists ${staging(target)} on commit delete rows as select * from ${table} with no data;
    delete from ${staging(target)}`);
  await copy(tx, staging(target), target, bytes, busy);
}

/** The keys of the staged rows that are not in the table, and of those that would change a record, if they may. */
async function compare(tx: Transaction, target: Target): Promise<Applied> {
  const { resource, override, columns } = target;
  const differs = override
    ? `or (${columns.map((column) => `t.${column}`).join(', ')}) is distinct from (${columns.map((column) => newValue(target, column)).join(', ')})`
    : '';
  const { rows } = await tx.query<[string, boolean]>({
    text: `select s.key, t.key is null from ${staging(target)} s
      left join ${resource.table} t on t.organization_id = $1 and t.key = s.key where t.key is null ${differs}`,
    values: [target.organizationId],
    rowMode: 'array',
  });
  const fresh: string[] = [];
  const changed: string[] = [];
  for (const [key, isNew] of rows) (isNew ? fresh : changed).push(key);
  return { fresh, changed };
}

async function insertStaged(tx: Transaction, target: Target, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const columns = copied(target);
  const values = columns.map((column) =>
    column === target.openColumn ? `jsonb_strip_nulls(s.${column})` : `s.${column}`,
  );
  try {
    await tx.query(
      `insert into ${target.resource.table} (${columns.join(', ')}) select ${values.join(', ')} from ${staging(target)} s
       where s.key = any($1)`,
      [keys],
    );
  } catch (error) {
    throw isUniqueViolation(error) ? interrupted() : error;
  }
}

async function updateStaged(tx: Transaction, target: Target, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const set = target.columns.map((column) => `${column} = ${newValue(target, column)}`);
  const { rowCount } = await tx.query(
    `update ${target.resource.table} t set updated_at = now(), ${set.join(', ')} from ${staging(target)} s
     where t.organization_id = $1 and t.key = s.key and s.key = any($2)`,
    [target.organizationId, keys],
  );
  if (rowCount !== keys.length) throw interrupted();
}

function newValue(target: Target, column: string): string {
  return column === target.openColumn ? `jsonb_strip_nulls(t.${column} || s.${column})` : `s.${column}`;
}

function staging({ resource }: Target): string {
  return `staging_${resource.table}`;
}

/** The columns of a row's bytes: its values, and then what `CopyRows` writes behind them. */
function copied(target: Target): string[] {
  return [...target.columns, 'key', 'id', 'organization_id'];
}

/** @param busy called when the bytes are sent: what is read before they are would keep the database waiting for them */
async function copy(
  tx: Transaction,
  table: string,
  target: Target,
  bytes: Buffer,
  busy: () => void = () => {},
): Promise<void> {
  const stream = tx.query(copyFrom(`copy ${table} (${copied(target).join(', ')}) from stdin`));
  stream.write(bytes, busy);
  stream.end();
  await finished(stream);
}
