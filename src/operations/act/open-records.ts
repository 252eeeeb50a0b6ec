import type { Transaction } from '../../store/connection/pool.ts';
import { sql } from '../../store/connection/sql.ts';
import {
  type LockedRecord,
  type Locking,
  lockNext,
  lockThese,
  type RecordSet,
  readTexts,
} from '../../store/records/record-pages.ts';
import {
  forgetFormer,
  formerValues,
  insertReverting,
  keepFormer,
  type OfResource,
} from '../../store/tasks/former-values.ts';
import type { WritePlan } from '../../targets/adopted/plan/plan.ts';
import { type ChunkOutcomes, emptyOutcomes } from '../../task/ledger.ts';
import type { ActConfig, TaskCursor } from '../../task/task.ts';
import { Reach } from '../reach.ts';
import type { Step, StepElsewhere, StepResult, Work } from '../work.ts';
import {
  type Change,
  differsSql,
  knownTexts,
  openWriter,
  valuesIn,
  valuesSet,
  type WorkedRecord,
} from './change-records.ts';
import { type Matching, matchingSet } from './matching.ts';
import { sealedIds } from './seal.ts';

/** Records of a composite key that are looked for by their ids in one statement: PostgreSQL plans for each by itself. */
const MOST_COMPOSITE = 500;

/** A `set` or a `delete` of the records that match. */
export interface RecordsAct extends Matching {
  readonly change: Change;
  readonly config: ActConfig;
  readonly plan: WritePlan;
  /** No record after this one is acted on; not given: there are none. */
  readonly newest?: string;
  /** For a time: the end of it, and the id of the task that puts back what was before. */
  readonly timed?: { readonly until: Date; readonly revertId: string };
}

/** What it is done in. */
interface RecordsContext {
  readonly taskId: string;
  /** Where the records are, if not in OpenBulk's database. */
  readonly there: StepElsewhere | undefined;
  readonly clock: (() => Date) | undefined;
}

/**
 * Opens a `set` or a `delete` at its cursor: a step locks the next records that match, in the order of their ids, and writes them as an
 * import with the mode update or delete writes its lines. Of a record that does not say it already, it counts towards the limit.
 */
export function openRecords(
  act: RecordsAct,
  { taskId, there: elsewhere, clock }: RecordsContext,
  cursor: TaskCursor,
): Work {
  const { change, config, timed } = act;
  const writer = openWriter(change, act.plan);
  let position = cursor;
  let reach: Reach | undefined;

  /** @param tx of the records' database; that of the task itself is `ours` */
  async function apply(
    { tx, ours }: { readonly tx: Transaction; readonly ours: Transaction },
    { start, size }: { readonly start: TaskCursor; readonly size: number },
    found: (one: Found) => void,
  ): Promise<StepResult> {
    if (act.newest === undefined || (timed && timed.until <= (await now(tx, clock)))) return result(start, OVER);
    reach ??= new Reach(size);
    const begun = performance.now();
    const sealed = config.previewId && (await sealedIds(ours, config.previewId, { offset: start.offset, size }));
    const taken = await take(tx, act, start, { size, reach: reach.records, sealed: sealed || undefined });
    reach.took(performance.now() - begun);
    if (taken.records.length === size) reach.isEnough(2 * size);
    const records = taken.records.map(({ id, texts }, index) => ({ id, texts, line: start.line + index }));
    found({ start, taken, records });
    const values = valuesSet(change);
    const outcomes = await writer.write(tx, records, () => values);
    const finished = result(start, { ...taken, outcomes });
    // Of records elsewhere nothing is kept.
    if (!elsewhere) await keepTime(tx, act, { taskId, records, outcomes });
    return finished;
  }

  function result(start: TaskCursor, { passed, last, exhausted, outcomes }: Taken & Outcome): StepResult {
    const { updated, deleted, skipped, errored } = outcomes;
    const changed = (start.changed ?? 0) + updated.length + deleted.length;
    const line = start.line + updated.length + deleted.length + skipped.length + errored.length;
    // A slice whose transaction fails is over, so nobody goes on from a place that was not committed.
    position = { offset: start.offset + passed, line, ...after(last ?? start.after), changed };
    const limited = config.maxLimit > 0 && changed >= config.maxLimit;
    const evidence = { outcomes, start, lastLine: line - 1, cursor: position, progress: position.offset };
    return { ...evidence, rows: passed, done: exhausted || limited };
  }

  return {
    get cursor() {
      return position;
    },
    async next(size) {
      const start = position;
      const step: { -readonly [K in keyof Step]: Step[K] } = {
        ...(elsewhere && { elsewhere, alone: true }),
        apply: (ours, _busy, tx = ours) =>
          apply({ tx, ours }, { start, size: limitedSize(act, size) }, ({ taken, records: [only, ...more] }) => {
            // Of a single one that cannot be written it can be said.
            if (!only || more.length > 0) return;
            step.refused = (why) => result(start, { ...taken, outcomes: writer.refuse(only, why) });
          }),
      };
      return step;
    },
    async close() {},
  };
}

/** What a step has found. */
interface Found {
  readonly start: TaskCursor;
  readonly taken: Taken;
  readonly records: readonly WorkedRecord[];
}

interface Outcome {
  readonly outcomes: ChunkOutcomes;
}

/** Whatever is left, nothing more is done. */
const OVER: Taken & Outcome = { records: [], passed: 0, last: null, exhausted: true, outcomes: emptyOutcomes() };

function after(id: string | undefined): { after?: string } {
  return id === undefined ? {} : { after: id };
}

async function now(tx: Transaction, clock: (() => Date) | undefined): Promise<Date> {
  if (clock) return clock();
  const { rows } = await tx.query<{ now: Date }>('select now() as now');
  return (rows[0] as { now: Date }).now;
}

function limitedSize({ resource: { adopted, key } }: RecordsAct, size: number): number {
  return adopted && key.together ? Math.min(size, MOST_COMPOSITE) : size;
}

/** The records of a step. */
interface Taken {
  readonly records: readonly LockedRecord[];
  /** Candidates that are behind: of a preview's records also those that match no more. */
  readonly passed: number;
  /** The id of the last record that was looked at; null when there was none. */
  readonly last: string | null;
  /** None is left to look at. */
  readonly exhausted: boolean;
}

/** Locks the next records, as many as may be changed. @param sealed of a preview: its next ids */
async function take(
  tx: Transaction,
  act: RecordsAct,
  start: TaskCursor,
  {
    size,
    reach,
    sealed: ids,
  }: { readonly size: number; readonly reach: number; readonly sealed: readonly string[] | undefined },
): Promise<Taken> {
  const { change, config, newest } = act;
  const set = matchingSet(act);
  const locking: Locking = {
    deletes: change.set === undefined,
    texts: knownTexts(change),
    differs: config.maxLimit > 0 ? differsSql(change) : sql`true`,
  };
  const rest = config.maxLimit > 0 ? config.maxLimit - (start.changed ?? 0) : Number.POSITIVE_INFINITY;
  if (ids) {
    if (ids.length === 0) return OVER;
    const locked = await lockThese(tx, set, { ...locking, ids });
    const records = within(locked, rest);
    const last = records.length < locked.length ? (records.at(-1)?.id ?? null) : (ids.at(-1) as string);
    return { records, passed: last === null ? 0 : ids.indexOf(last) + 1, last, exhausted: false };
  }
  const range = { after: start.after, last: newest as string, reach, limit: size };
  const { records: locked, reached, exhausted } = await lockNext(tx, set, { ...range, ...locking });
  const records = within(locked, rest);
  if (records.length === locked.length) return { records, passed: records.length, last: reached, exhausted };
  return { records, passed: records.length, last: records.at(-1)?.id ?? null, exhausted: false };
}

/** The first, up to the one with which `rest` of them are changed. */
function within(locked: readonly LockedRecord[], rest: number): readonly LockedRecord[] {
  let changing = 0;
  const last = locked.findIndex(({ differs }) => {
    changing += differs ? 1 : 0;
    return changing === rest;
  });
  return last < 0 ? locked : locked.slice(0, last + 1);
}

interface Written {
  readonly taskId: string;
  readonly records: readonly WorkedRecord[];
  readonly outcomes: ChunkOutcomes;
}

/**
 * Keeps what records had that were set for a time, and what they have now, which a trigger may have made something else than was said. Also of
 * those that said so already where that was for a time: then it is for this one's. What is set for good is no longer put back.
 */
async function keepTime(tx: Transaction, act: RecordsAct, { taskId, records, outcomes }: Written): Promise<void> {
  const { change, resource, organizationId, timed, config } = act;
  const of: OfResource = { organizationId, resource: resource.name };
  const refused = new Set(outcomes.errored.map(({ line }) => line));
  const taken = records.filter(({ line }) => !refused.has(line));
  const ids = taken.map(({ id }) => id);
  if (!change.set) return forgetFormer(tx, of, { records: ids });
  if (!timed) return forgetFormer(tx, of, { records: ids, columns: Object.keys(valuesSet(change)) });
  const updated = new Set(outcomes.updated);
  const before = new Set((await formerValues(tx, of, ids)).map(({ record }) => record));
  const kept = taken.filter(({ line, id }) => updated.has(line) || before.has(id));
  if (kept.length === 0) return;
  const { revertId, until } = timed;
  const reverting = { ...config, type: 'revert', durationSeconds: 0, maxLimit: 0, previewId: undefined };
  await insertReverting(tx, { id: revertId, of: taskId, action: `revert-${resource.name}`, config: reverting, until });
  const set: Omit<RecordSet, 'condition'> = { resource, organizationId };
  const written = await readTexts(tx, set, { ids: kept.map(({ id }) => id), texts: knownTexts(change) });
  await keepFormer(
    tx,
    of,
    kept.flatMap(({ id, texts }) => {
      const now = written.get(id);
      return now
        ? { taskId: revertId, record: id, former: valuesIn(change, texts), written: valuesIn(change, now) }
        : [];
    }),
  );
}
