import { inTransaction, type Pool, type Transaction } from '../../store/connection/pool.ts';
import { changeExternal, type ExternalChange } from '../../store/tasks/external.ts';
import { lockTask } from '../../store/tasks/related.ts';
import { moveTask } from '../../store/tasks/tasks.ts';
import type { GivenJson } from '../../task/json/exact-json.ts';
import { isTerminal, sourcesOfReported, type TaskStatus } from '../../task/lifecycle.ts';
import type { Submitter } from '../../task/task.ts';
import { type AskedTask, requireVerb } from '../platform/rights.ts';
import { notFound, type Problem, ServiceError } from '../platform/service-error.ts';
import { getEntry, type TaskEntry, type Vocabulary } from '../tasks/search-tasks.ts';
import type { TaskRef } from '../tasks/task-context.ts';
import { cancelledBy } from './cancel-task.ts';

/** What a task is to be; what is not given stays. */
export interface TaskUpdate {
  readonly handler?: string | undefined;
  readonly userId?: string | null | undefined;
  readonly entityId?: string | null | undefined;
  /** Null for none. */
  readonly request?: GivenJson | null | undefined;
  readonly response?: GivenJson | null | undefined;
  /** A status of the vocabulary. */
  readonly status?: string | undefined;
}

type Member = keyof TaskUpdate;

/**
 * Changes a task: an external one in all that its worker has to say, along its life; one that runs here is only cancelled. A
 * member that has that value already is no change.
 *
 * @throws ServiceError `not_found`; `insufficient_scope`; `invalid` where the task does not allow the change
 */
export async function updateTask(
  { pool, vocabulary }: { readonly pool: Pool; readonly vocabulary: Vocabulary },
  ref: AskedTask,
  update: TaskUpdate,
  by: Submitter,
): Promise<TaskEntry> {
  return inTransaction(pool, async (tx) => {
    if (!(await lockTask(tx, ref.organizationId, ref.id, 'for update'))) throw notFound();
    const context = { pool: tx, vocabulary };
    const now = await getEntry(context, ref);
    const changed = (Object.keys(update) as Member[]).filter((member) => isChange(now, update, member));
    if (changed.length === 0) return now;
    requireVerb(ref.asker, now, 'steer');
    refuse(changed.flatMap((member) => whyNot(now, member)));
    const to = changed.includes('status') ? targetOf(vocabulary, now, update.status as string) : undefined;
    if (now.operation === 'external') await changeExternal(tx, ref.id, changeOf(update, changed, to, by));
    else await cancel(tx, ref, by);
    return getEntry(context, ref);
  });
}

function isChange(now: TaskEntry, update: TaskUpdate, member: Member): boolean {
  const value = update[member];
  if (value === undefined) return false;
  if (member !== 'request' && member !== 'response') return value !== now[member];
  return (update[member]?.text ?? null) !== now[member];
}

function whyNot({ operation, state, handler }: TaskEntry, member: Member): Problem[] {
  const refuseWith = (message: string): Problem[] => [{ field: member, message }];
  if (member === 'handler') return refuseWith(`is ${handler}; the handler cannot be changed`);
  if (isTerminal(state)) return refuseWith(`cannot be changed: the task is ${state}`);
  if (operation === 'external' || member === 'status') return [];
  return refuseWith('cannot be changed: this server runs the task; you can only cancel it');
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ServiceError('invalid', 'The task does not allow this change.', problems);
}

/** The state that a status asks for. @throws ServiceError `invalid` when there is no way there */
function targetOf({ statuses }: Vocabulary, { operation, state, status }: TaskEntry, word: string): TaskStatus {
  const to = statuses[word]?.[0]?.status;
  if (to && operation === 'external' && sourcesOfReported(to).includes(state)) return to;
  if (to === 'cancelled') return to;
  const why =
    operation === 'external'
      ? `cannot become ${word}: the task is ${status}${state === 'paused' ? ' and paused; resume it first' : ''}`
      : `cannot become ${word}: this server runs the task; you can only cancel it`;
  throw new ServiceError('invalid', 'The task does not allow this change.', [{ field: 'status', message: why }]);
}

function changeOf(
  update: TaskUpdate,
  changed: readonly Member[],
  status: TaskStatus | undefined,
  by: Submitter,
): ExternalChange {
  return {
    ...(changed.includes('userId') && { userId: update.userId ?? null }),
    ...(changed.includes('entityId') && { entityId: update.entityId ?? null }),
    ...(changed.includes('request') && { request: update.request ?? null }),
    ...(changed.includes('response') && { response: update.response ?? null }),
    ...(status && { status }),
    ...(status === 'cancelled' && { error: cancelledBy(by) }),
  };
}

async function cancel(tx: Transaction, ref: TaskRef, by: Submitter): Promise<void> {
  await moveTask(tx, { ...ref, to: 'cancelled', failure: cancelledBy(by) });
}
