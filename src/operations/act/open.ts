import type { Resource } from '../../resources/resource.ts';
import { isTimeout, type Pool, type Transaction, withinTime } from '../../store/connection/pool.ts';
import type { Claim } from '../../store/queue/claim.ts';
import type { PlanRecord } from '../../store/queue/task-work.ts';
import { countSealed } from '../../store/tasks/previews.ts';
import { TaskError } from '../../task/errors.ts';
import { type ChunkOutcomes, emptyOutcomes } from '../../task/ledger.ts';
import type { ActConfig, TaskCursor } from '../../task/task.ts';
import { resourceOf } from '../catalogue.ts';
import { parseCriteria } from '../criteria/parse.ts';
import { readPlan, toStoredPlan } from '../plans.ts';
import { Reach } from '../reach.ts';
import type { StepResult, Work } from '../work.ts';
import { type Act, type AppliedAct, applyAct } from './apply.ts';
import { countMatches, findEnd, type Matching } from './matching.ts';

/** What comes before every id. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const START: TaskCursor = { offset: 0, line: 1, after: BEFORE_ALL };

/**
 * Opens an action at its cursor: `offset` candidates are behind, and `line` is the ordinal of the next device that gets an outcome.
 * The first time, looks how much there is to do, and fixes the moment at which the action's time is over: its duration after
 * now, the same for all devices, however many slices and crashes it takes to get to them.
 *
 * @throws TaskError when this server does not know the action or its criteria
 */
export async function openAct(
  { pool, clock }: { readonly pool: Pool; readonly clock?: () => Date },
  claim: Claim,
  config: ActConfig,
): Promise<Work> {
  const matching = readMatching(await resourceOf(pool, claim), claim, config);
  let plan = readPlan('act', claim.plan);
  let found: PlanRecord | undefined;
  if (!plan) {
    const { now, newest } = await findEnd(pool, matching);
    const total = await estimateTotal(pool, matching, config);
    const start = clock?.() ?? now;
    const { durationSeconds: seconds } = config;
    plan = {
      newest: newest ?? BEFORE_ALL,
      ...(seconds > 0 && { until: new Date(start.getTime() + seconds * 1_000).toISOString() }),
    };
    found = { plan: toStoredPlan('act', plan), cursor: START, total };
  }
  const { type, reason, maxLimit, previewId } = config;
  const act: Act = {
    ...matching,
    taskId: claim.lease.taskId,
    newest: plan.newest,
    type,
    reason,
    maxLimit,
    ...(plan.until && { until: new Date(plan.until) }),
    ...(previewId && { previewId }),
  };
  const work = openDevices(act, claim.cursor ?? START, clock);
  return found ? Object.assign(work, { plan: found }) : work;
}

/** What a criteria that takes longer to count is known to match, ms: as much as when the task was made. */
const COUNT_MILLISECONDS = 1_000;

/** How many devices there are to do, which is only for showing how far the task is. */
async function estimateTotal(pool: Pool, matching: Matching, { previewId, previewCount }: ActConfig): Promise<number> {
  if (previewId !== undefined) return countSealed(pool, previewId);
  try {
    const { count } = await withinTime(pool, COUNT_MILLISECONDS, (tx) => countMatches(tx, matching));
    return count;
  } catch (error) {
    if (!isTimeout(error)) throw error;
    return previewCount;
  }
}

function readMatching(resource: Resource, claim: Claim, config: ActConfig): Matching {
  const parsed = parseCriteria(resource, config.criteria);
  if ('problems' in parsed) {
    throw new TaskError('unsupported_action', `This server cannot read the criteria of ${claim.action}.`);
  }
  return { resource, criteria: parsed.criteria, organizationId: claim.lease.organizationId };
}

function openDevices(act: Act, cursor: TaskCursor, clock: (() => Date) | undefined): Work {
  let position = cursor;
  let reach: Reach | undefined;

  async function apply(tx: Transaction, start: TaskCursor, size: number): Promise<StepResult> {
    const now = clock?.();
    reach ??= new Reach(size);
    const begun = performance.now();
    const place = { after: start.after ?? BEFORE_ALL, size, reach: reach.records, ...(now && { now }) };
    const applied = await applyAct(tx, act, place);
    const { taken, passed } = applied;
    reach.took(performance.now() - begun);
    if (passed === size) reach.isEnough(2 * size);
    // A slice whose transaction fails is over, so nobody goes on from a place that was not committed.
    position = {
      offset: start.offset + passed,
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
