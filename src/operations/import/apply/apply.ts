import { ConflictError, isConflict, isUniqueViolation, type Transaction } from '../../../store/connection/pool.ts';
import type { CopyRows } from '../../../targets/copy-rows.ts';
import { compareKnown } from './compare-known.ts';
import { copied, copy, newValue, sameKey, stage, staging } from './staging.ts';
import type { ImportTarget } from './target.ts';

/** What became of each row, at the row's index; `absent`: there is no record of its key, and none is to be made. */
export type AppliedOutcome = 'inserted' | 'updated' | 'skipped' | 'absent';

/**
 * Applies checked rows to the target as if one after the other (docs/api/ledger.md "Outcomes"), in a handful of statements:
 * the rows that are the first of their key are compared with the table as a set; a later row of the same key needs only
 * the row before it, since a record then holds exactly what that row says. Where blank cells keep what is there it does not: then rows
 * that come later are compared with the table as well, in turns.
 *
 * How, the chunk before tells. Where none of its rows was known, rows are taken for new: one that is not has the COPY refused, and the
 * chunk done anew. Where some were, and in a first chunk, what there is of their keys is read and compared first. Where most changed
 * their records, all are staged and written. A dry run compares first, always, and leaves out what writes.
 *
 * Only what decides an outcome is waited for; the rest is sent. So new rows take no round trip but that of the commit.
 *
 * @param busy called once the rows are on their way
 * @param indices of the rows to apply, in ascending order; all when not given
 * @returns what became of the rows, unless what was sent is refused: with a `ConflictError` when one of the rows was not new, or another
 *   writer came in between; done anew, it is found
 */
export async function applyImport(
  tx: Transaction,
  target: ImportTarget,
  rows: CopyRows,
  busy: () => void = () => {},
  indices: readonly number[] = [...rows.keys.keys()],
): Promise<AppliedOutcome[]> {
  const outcomes: AppliedOutcome[] = new Array(rows.length).fill('skipped');
  if (indices.length === 0) return outcomes;
  if (target.keepsBlanks && target.override && !target.dryRun) return applyTurns(tx, target, rows, busy, indices);
  const { firsts, rewritten } = followKeys(target, rows, indices, outcomes);
  const { fresh, changed } = await applyFirsts(tx, target, rows, firsts, busy);
  const known = firsts.length - fresh.length;
  target.memory.known = known / firsts.length;
  target.memory.changed = known === 0 ? 0 : changed.length / known;
  for (const index of fresh) outcomes[index] = 'inserted';
  for (const index of changed) outcomes[index] = 'updated';
  const absent = new Set(target.inserts ? [] : fresh.map((index) => rows.keys[index]));
  if (absent.size > 0) for (const index of indices) if (absent.has(rows.keys[index])) outcomes[index] = 'absent';
  const last = absent.size > 0 ? rewritten.filter((index) => !absent.has(rows.keys[index])) : rewritten;
  if (last.length > 0 && !target.dryRun) {
    stage(tx, target, rows.bytes(last));
    updateAll(tx, target, last.length);
  }
  return outcomes;
}

/** Applies rows where a record does not end as its last row says: the first rows of all keys, then the second ones, and so on. */
async function applyTurns(
  tx: Transaction,
  target: ImportTarget,
  rows: CopyRows,
  busy: () => void,
  indices: readonly number[],
): Promise<AppliedOutcome[]> {
  const outcomes: AppliedOutcome[] = new Array(rows.length).fill('skipped');
  const { memory } = target;
  const [firsts = [], ...later] = turnsOf(rows, indices);
  const { fresh, changed } = await applyFirsts(tx, target, rows, firsts, busy);
  const known = firsts.length - fresh.length;
  const taught = { known: known / firsts.length, changed: known === 0 ? 0 : changed.length / known };
  const tell = (became: AppliedOutcome, which: readonly number[]) => {
    for (const index of which) outcomes[index] = became;
  };
  const absent = new Set(target.inserts ? [] : fresh.map((index) => rows.keys[index]));
  tell('inserted', fresh);
  tell('updated', changed);
  for (const turn of later) {
    // Whose records are there by now.
    Object.assign(memory, { known: 1, changed: 0 });
    const present = turn.filter((index) => !absent.has(rows.keys[index]));
    tell('updated', (await applyFirsts(tx, target, rows, present, () => {})).changed);
  }
  tell(
    'absent',
    indices.filter((index) => absent.has(rows.keys[index])),
  );
  Object.assign(memory, taught);
  return outcomes;
}

/** Rows in turns, each of which has a key once; without those that say the same as the row before them, and so change nothing. */
function turnsOf(rows: CopyRows, indices: readonly number[]): number[][] {
  const turns: number[][] = [];
  const lasts = new Map<string, { readonly index: number; readonly turn: number }>();
  for (const index of indices) {
    const key = rows.keys[index] as string;
    const last = lasts.get(key);
    if (last && rows.same(last.index, index)) continue;
    const turn = last ? last.turn + 1 : 0;
    turns[turn] ??= [];
    turns[turn].push(index);
    lasts.set(key, { index, turn });
  }
  return turns;
}

/** Indices of rows, in no order; of a dry run, what would be. */
interface Applied {
  /** They became records, or would if the target took new ones. */
  readonly fresh: readonly number[];
  /** They changed records. */
  readonly changed: readonly number[];
}

/** Applies rows of different keys, given in ascending order. */
async function applyFirsts(
  tx: Transaction,
  target: ImportTarget,
  rows: CopyRows,
  indices: readonly number[],
  busy: () => void,
): Promise<Applied> {
  const { memory, override, openColumn, dryRun, inserts } = target;
  const mostChange = override && (memory.known ?? 0) > 0.5 && (memory.changed > 0.5 || openColumn !== undefined);
  // Members of open columns can only be removed by a statement.
  if (rows.removes || mostChange) return applyStaged(tx, target, rows, indices, busy);
  if (memory.known === 0 && !dryRun && inserts) {
    copyFresh(tx, target, rows.bytes(indices), busy);
    return { fresh: indices, changed: [] };
  }
  const { fresh, differing } = await compareKnown(tx, target, rows, indices, busy);
  if (fresh.length > 0 && !dryRun && inserts) copyFresh(tx, target, rows.bytes(fresh));
  if (differing.length === 0) return { fresh, changed: [] };
  const staged = await applyStaged(tx, target, rows, differing);
  return { fresh: [...fresh, ...staged.fresh], changed: staged.changed };
}

/** Stages rows, and writes those that are new or change a record: first those that do, where most do, then by comparison. */
async function applyStaged(
  tx: Transaction,
  target: ImportTarget,
  rows: CopyRows,
  indices: readonly number[],
  busy?: () => void,
): Promise<Applied> {
  stage(tx, target, rows.bytes(indices), busy);
  const byKey = new Map(indices.map((index) => [rows.keys[index] as string, index]));
  const toIndices = (keys: readonly string[]) => keys.map((key) => byKey.get(key) as number);
  const { memory, dryRun } = target;
  const changed = memory.changed > 0.5 && !dryRun ? await updateDiffering(tx, target) : [];
  if (changed.length === indices.length) return { fresh: [], changed: toIndices(changed) };
  const rest = await compare(tx, target);
  if (dryRun) return { fresh: toIndices(rest.fresh), changed: toIndices(rest.changed) };
  if (target.inserts) insertStaged(tx, target, rest.fresh);
  if (rest.changed.length > 0) updateAll(tx, target, rest.changed.length, rest.changed);
  return { fresh: toIndices(rest.fresh), changed: toIndices([...changed, ...rest.changed]) };
}

const INTERRUPTED = 'Another writer inserted, changed or deleted one of the records.';

/** A record of one of the keys was there after all: the next try looks first. */
function knownAfterAll({ memory }: ImportTarget): (error: Error) => Error {
  return (error) => {
    if (!isUniqueViolation(error)) return error;
    if (memory.known === 0) memory.known = Number.MIN_VALUE;
    return new ConflictError(INTERRUPTED, { cause: error });
  };
}

/**
 * Follows each key through the chunk: the indices of the first rows, and which of the rows after them change the record.
 * `rewritten` has the last row of each key whose record does not end as its first row left it, in ascending order.
 */
function followKeys(
  target: ImportTarget,
  rows: CopyRows,
  indices: readonly number[],
  outcomes: AppliedOutcome[],
): { firsts: number[]; rewritten: number[] } {
  const firsts = new Map<string, number>();
  const lasts = new Map<string, number>();
  for (const index of indices) {
    const key = rows.keys[index] as string;
    const first = firsts.get(key);
    if (first === undefined) {
      firsts.set(key, index);
    } else if (target.override) {
      if (!rows.same(lasts.get(key) ?? first, index)) outcomes[index] = 'updated';
      lasts.set(key, index);
    }
  }
  const rewritten = [...lasts].filter(([key, last]) => !rows.same(firsts.get(key) as number, last));
  return { firsts: [...firsts.values()], rewritten: rewritten.map(([, last]) => last).sort((a, b) => a - b) };
}

/** Copies rows straight into the table. Refused when a record of one of their keys is there. */
function copyFresh(tx: Transaction, target: ImportTarget, bytes: Buffer, busy?: () => void): void {
  tx.send({ ...copy(target.resource.table, target, bytes, busy), refused: knownAfterAll(target) });
}

/** The keys of the staged rows that are not in the table, and of those that would change a record, if they may. */
async function compare(tx: Transaction, target: ImportTarget): Promise<{ fresh: string[]; changed: string[] }> {
  const { rows } = await tx.query<[string, boolean]>({
    text: `select s.key, t.key is null from ${staging(target)} s
      left join ${target.resource.table} t on ${sameKey}
      where t.key is null ${target.override ? `or ${differs(target)}` : ''}`,
    rowMode: 'array',
  });
  const fresh: string[] = [];
  const changed: string[] = [];
  for (const [key, isNew] of rows) (isNew ? fresh : changed).push(key);
  return { fresh, changed };
}

/** That a record `t` says something else than the staged row `s`. */
function differs(target: ImportTarget): string {
  const { columns } = target;
  const values = columns.map((column) => newValue(target, column));
  return `(${columns.map((column) => `t.${column}`).join(', ')}) is distinct from (${values.join(', ')})`;
}

function insertStaged(tx: Transaction, target: ImportTarget, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const columns = copied(target);
  const values = columns.map((column) =>
    column === target.openColumn ? `jsonb_strip_nulls(s.${column})` : `s.${column}`,
  );
  tx.send({
    text: `insert into ${target.resource.table} (${columns.join(', ')}) select ${values.join(', ')} from ${staging(target)} s
       where s.key = any($1)`,
    values: [keys],
    refused: knownAfterAll(target),
  });
}

/** Writes the staged rows that say something else over their records. @returns the keys of those */
async function updateDiffering(tx: Transaction, target: ImportTarget): Promise<string[]> {
  const { rows } = await tx.query<[string]>({
    text: `${updateStaged(target)} and ${differs(target)} returning t.key`,
    rowMode: 'array',
  });
  return rows.map(([key]) => key);
}

/**
 * Writes the staged rows, or those of `keys`, over their records. Refused when those are not `count` any more (SQLSTATE 40001, as if
 * PostgreSQL had found it out).
 */
function updateAll(tx: Transaction, target: ImportTarget, count: number, keys?: readonly string[]): void {
  tx.send({
    text: `with written as (${updateStaged(target)} and ($2::text[] is null or s.key = any($2)) returning 1)
      select case when count(*) <> $1 then refuse('40001', '${INTERRUPTED}') end from written`,
    values: [count, keys ?? null],
    refused: (error) => (isConflict(error) ? new ConflictError(INTERRUPTED, { cause: error }) : error),
  });
}

function updateStaged(target: ImportTarget): string {
  const set = target.columns.map((column) => `${column} = ${newValue(target, column)}`);
  return `update ${target.resource.table} t set updated_at = now(), ${set.join(', ')} from ${staging(target)} s where ${sameKey}`;
}
