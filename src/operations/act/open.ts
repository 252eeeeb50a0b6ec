import type { Resource } from '../../resources/resource.ts';
import { isTimeout, type Pool, type Transaction, withinTime } from '../../store/connection/pool.ts';
import type { Elsewhere } from '../../store/elsewhere/databases.ts';
import type { Claim } from '../../store/queue/claim.ts';
import type { PlanRecord } from '../../store/queue/task-work.ts';
import { countToRevert } from '../../store/tasks/former-values.ts';
import { countSealed } from '../../store/tasks/previews.ts';
import type { WritePlan } from '../../targets/adopted/plan/plan.ts';
import { TaskError } from '../../task/errors.ts';
import { newId } from '../../task/ids.ts';
import { type ChunkOutcomes, emptyOutcomes } from '../../task/ledger.ts';
import type { ActConfig, ActionType, ActType, TaskCursor } from '../../task/task.ts';
import { resourceOf, withReferences } from '../catalogue.ts';
import { parseCriteria } from '../criteria/parse.ts';
import { afterApplied, openThere, requireMarkers } from '../import/elsewhere.ts';
import { knownReferences } from '../import/references.ts';
import { type ActPlan, readPlan, toStoredPlan } from '../plans.ts';
import { Reach } from '../reach.ts';
import { type RecordsPlace, recordsPlace } from '../records-place.ts';
import type { StepElsewhere, StepResult, Work } from '../work.ts';
import { type Act, type AppliedAct, applyAct } from './apply.ts';
import { type Change, changedColumns } from './change-records.ts';
import { countMatches, findEnd, type Matching } from './matching.ts';
import { openRecords } from './open-records.ts';
import { openRevert } from './open-revert.ts';
import { planRecords } from './plan-records.ts';
import { sealedIds } from './seal.ts';
import { assignmentsOf, readValues } from './values.ts';

/** What comes before every id. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const START: TaskCursor = { offset: 0, line: 1 };

/** What an action is opened with. */
interface ActContext {
  readonly pool: Pool;
  /** Where records are that are not in `pool`'s database; not given: nowhere. */
  readonly elsewhere?: Elsewhere | undefined;
  readonly clock?: () => Date;
}

/**
 * Opens an action at its cursor: `offset` candidates are behind, and `line` is the ordinal of the next record that gets an outcome.
 * The first time, looks how much there is to do, and fixes the moment at which the action's time is over: its duration after
 * now, the same for all records, however many slices and crashes it takes to get to them.
 *
 * @throws TaskError when this server does not know the action, its criteria or its values; `table_unfit`
 */
export async function openAct(context: ActContext, claim: Claim, config: ActConfig): Promise<Work> {
  const { pool } = context;
  const declared = await withReferences(pool, claim.lease.organizationId, await resourceOf(pool, claim));
  const there = await openThere(context, declared, claim);
  const place = await recordsPlace(context, declared, claim.lease.organizationId);
  const matching = readMatching(place.resource, claim, config);
  const change = await readChange(pool, matching, config);
  const stored = readPlan('act', claim.plan);
  const found = stored ? undefined : await planAct(context, { place, there }, { matching, claim, config, change });
  const plan = stored ?? (found as Found).plan;
  const work = openPlanned({ matching, change, config, plan, there }, claim, context.clock);
  return found ? Object.assign(work, { plan: found.record }) : work;
}

/** An action that is planned. */
interface Planned {
  readonly matching: Matching;
  /** Of one on records of any resource. */
  readonly change: Change | undefined;
  readonly config: ActConfig;
  readonly plan: ActPlan;
  readonly there: StepElsewhere | undefined;
}

function openPlanned(
  { matching, change, config, plan, there }: Planned,
  claim: Claim,
  clock: ActContext['clock'],
): Work {
  const { taskId } = claim.lease;
  const cursor = claim.cursor ?? START;
  const { newest, write, revertId } = plan;
  const until = plan.until === undefined ? undefined : new Date(plan.until);
  if (!change) {
    const { type, reason, maxLimit, previewId } = config;
    const act = { ...matching, taskId, newest, type: type as ActionType, reason, maxLimit, ...(until && { until }) };
    return openDevices(act, { cursor, previewId }, clock);
  }
  if (!write) throw new TaskError('unsupported_action', `This server cannot go on with ${claim.action}.`);
  if (config.type === 'revert')
    return openRevert({ taskId, organizationId: matching.organizationId, change, plan: write }, cursor);
  const timed = until && revertId !== undefined ? { until, revertId } : undefined;
  const act = { ...matching, change, config, plan: write, ...(newest !== NONE && { newest }), ...(timed && { timed }) };
  const openAt = (from: TaskCursor) => openRecords(act, { taskId, there, clock }, from);
  return there ? afterApplied(there, { ...claim, cursor }, openAt) : openAt(cursor);
}

/** There is no record. */
const NONE = '';

interface Found {
  readonly plan: ActPlan;
  readonly record: PlanRecord;
}

async function planAct(
  { pool, clock }: ActContext,
  { place, there }: { readonly place: RecordsPlace; readonly there: StepElsewhere | undefined },
  { matching, claim, config, change }: Pick<Planned, 'matching' | 'config' | 'change'> & { readonly claim: Claim },
): Promise<Found> {
  const { durationSeconds: seconds, type } = config;
  if (there) await requireMarkers(there.database);
  const write = change && (await planChange(pool, place, matching.organizationId, change));
  const { now, newest } = await place.read((db) => findEnd(db, matching));
  const start = clock?.() ?? now;
  const total =
    type === 'revert'
      ? await countToRevert(pool, claim.lease.taskId)
      : await estimateTotal(pool, place, matching, config);
  const plan = {
    newest: newest ?? (change ? NONE : BEFORE_ALL),
    ...(seconds > 0 && { until: new Date(start.getTime() + seconds * 1_000).toISOString() }),
    ...(seconds > 0 && change && { revertId: newId() }),
    ...(write && { write }),
  };
  return { plan, record: { plan: toStoredPlan('act', plan), cursor: START, total } };
}

/** What a criteria that takes longer to count is known to match, ms: as much as when the task was made. */
const COUNT_MILLISECONDS = 1_000;

/** How many records there are to do, which is only for showing how far the task is. */
async function estimateTotal(
  pool: Pool,
  { read }: RecordsPlace,
  matching: Matching,
  { previewId, previewCount }: ActConfig,
): Promise<number> {
  if (previewId !== undefined) return countSealed(pool, previewId);
  try {
    return await read((db) => withinTime(db, COUNT_MILLISECONDS, (tx) => countMatches(tx, matching)));
  } catch (error) {
    if (!isTimeout(error)) throw error;
    return previewCount;
  }
}

function readMatching(resource: Resource, claim: Claim, { criteria }: ActConfig): Matching {
  const parsed = parseCriteria(resource, criteria);
  if ('problems' in parsed)
    throw new TaskError('unsupported_action', `This server cannot read the criteria of ${claim.action}.`);
  return { resource, criteria: parsed.criteria, organizationId: claim.lease.organizationId };
}

/** How a change is written into the table as it is now. @throws TaskError `table_unfit` */
export function planChange(
  pool: Pool,
  { read }: Pick<RecordsPlace, 'read'>,
  organizationId: string,
  change: Change,
): Promise<WritePlan> {
  const mode = change.set ? 'update' : 'delete';
  const request = {
    ...({ resource: change.resource, organizationId, mode } as const),
    columns: changedColumns(change),
  };
  return read((db) => planRecords(db, pool, request));
}

/** What is done to records of any resource; `undefined` of the actions on devices. */
export async function readChange(
  pool: Pool,
  { resource, organizationId }: Omit<Matching, 'criteria'>,
  { type, values }: { readonly type: ActType; readonly values?: unknown },
): Promise<Change | undefined> {
  if (type === 'delete') return { resource };
  if (type !== 'set' && type !== 'revert') return undefined;
  const parsed = readValues(resource, values);
  if ('problems' in parsed)
    throw new TaskError('unsupported_action', `This server cannot read the values of ${type}-${resource.name}.`);
  const references = await knownReferences(pool, organizationId, resource);
  return { resource, set: assignmentsOf(resource, parsed.read, references) };
}

function openDevices(
  act: Act,
  { cursor, previewId }: { readonly cursor: TaskCursor; readonly previewId: string | undefined },
  clock: (() => Date) | undefined,
): Work {
  let position = cursor;
  let reach: Reach | undefined;

  async function apply(tx: Transaction, start: TaskCursor, size: number): Promise<StepResult> {
    const now = clock?.();
    reach ??= new Reach(size);
    const begun = performance.now();
    const { offset } = start;
    const sealed = previewId === undefined ? undefined : await sealedIds(tx, previewId, { offset, size });
    const place = {
      ...{ after: start.after ?? BEFORE_ALL, size, reach: reach.records },
      ...(sealed && { sealed }),
      ...(now && { now }),
    };
    const applied = await applyAct(tx, act, place);
    const { taken, passed } = applied;
    reach.took(performance.now() - begun);
    if (passed === size) reach.isEnough(2 * size);
    // A slice whose transaction fails is over, so nobody goes on from a place that was not committed.
    position = {
      offset: offset + passed,
      line: start.line + taken,
      after: applied.last ?? start.after ?? BEFORE_ALL,
    };
    return {
      outcomes: outcomesOf(applied, start.line),
      start,
      lastLine: position.line - 1,
      cursor: position,
      progress: position.offset,
      rows: passed,
      done: applied.exhausted || applied.limited,
    };
  }

  return {
    get cursor() {
      return position;
    },
    async next(size) {
      const start = position;
      return { apply: (tx) => apply(tx, start, size) };
    },
    async close() {},
  };
}

function outcomesOf({ taken, skipped }: AppliedAct, first: number): ChunkOutcomes {
  const outcomes = emptyOutcomes();
  const places = new Set(skipped);
  for (let place = 1; place <= taken; place += 1) {
    (places.has(place) ? outcomes.skipped : outcomes.updated).push(first + place - 1);
  }
  return outcomes;
}
