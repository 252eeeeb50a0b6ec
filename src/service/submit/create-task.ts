import type { StoredBytes } from '../../files/file-store.ts';
import { findAction } from '../../operations/catalogue.ts';
import { inTransaction, type Pool, type Transaction } from '../../store/connection/pool.ts';
import { adoptFile } from '../../store/files/files.ts';
import type { Turns } from '../../store/queue/turns.ts';
import { holdInForce } from '../../store/resources/declared-resources.ts';
import { type IdempotentWrite, keepAnswer, reserveKey } from '../../store/tasks/idempotency.ts';
import { findTask, insertTask } from '../../store/tasks/tasks.ts';
import { shown } from '../../task/errors.ts';
import { newId } from '../../task/ids.ts';
import type { GivenJson } from '../../task/json/exact-json.ts';
import type { Submitter, Task, TaskWork } from '../../task/task.ts';
import { RequestScope } from '../platform/request-scope.ts';
import { ServiceError } from '../platform/service-error.ts';
import { resourceNameOf } from '../tasks/list-actions.ts';
import type { SubmitContext } from '../tasks/task-context.ts';
import { uploadGivenUp } from './intake.ts';

/** A file that is in the file store already, and not yet in the database. */
export type StoredUpload = StoredBytes & { readonly originalName: string; readonly mimetype: string };

/** What a task is made of. */
export type TaskOrder = TaskWork & {
  readonly organizationId: string;
  readonly action: string;
  /** The dialect in which it is made. */
  readonly origin: string;
  readonly createdBy: Submitter;
  readonly upload?: StoredUpload;
  /** A stored file to work on instead of an upload, by its id, and its size in bytes. */
  readonly file?: { readonly id: string; readonly size: number };
  /** The task whose file that is. */
  readonly parentId?: string;
  readonly userId?: string;
  readonly entityId?: string;
  readonly request?: GivenJson;
  /** With it the task waits for its time. */
  readonly scheduledAt?: Date;
  /** With it, the same order sent again gets the first one's answer. */
  readonly idempotent?: Omit<IdempotentWrite, 'organizationId'>;
};

/** The answer to an order, and whether it is the one that was given to the same order before. */
export interface Answered<Answer> {
  readonly answered: Answer;
  readonly replayed: boolean;
}

/**
 * Makes a task, and gives the organization a turn if the task can begin at once, in one transaction.
 *
 * @param answer what the caller answers to the task; kept for repetitions of an idempotent order
 * @param check what must hold in the transaction that makes the task; it throws where it does not
 * @throws ServiceError `key_reused` when the key was used for something else; `too_many_tasks`; `unavailable` where the upload is
 *   not there any more, since it took too long
 */
export async function createTask<Answer>(
  { pool, turns, quotas }: SubmitContext,
  order: TaskOrder,
  answer: (task: Task, tx: Transaction) => Answer | Promise<Answer>,
  check: (tx: Transaction) => Promise<void> = async () => {},
): Promise<Answered<Answer>> {
  const { versionId } = await resourceOfOrder(pool, order);
  return inTransaction(pool, async (tx) => {
    const { organizationId } = order;
    const write = order.idempotent && { ...order.idempotent, organizationId };
    const reserved = write ? await reserveKey(tx, write) : 'reserved';
    if (reserved !== 'reserved') {
      if (reserved.fingerprint === write?.fingerprint) return { answered: reserved.answer as Answer, replayed: true };
      throw new ServiceError('key_reused', 'This Idempotency-Key was used for another request. Use a new key.');
    }
    await quotas?.requireTask(tx, organizationId);
    await check(tx);
    const resourceId = versionId === undefined ? {} : { resourceId: await holdVersion(tx, order) };
    const id = await insert(tx, turns, { ...order, ...resourceId });
    const answered = await answer((await findTask(tx, organizationId, id)) as Task, tx);
    if (write) keepAnswer(tx, write, answered);
    return { answered, replayed: false };
  });
}

/** The version of the resource that a task is about. @throws ServiceError `invalid` when there is no such resource, or not any more */
async function resourceOfOrder(
  pool: Pool,
  { organizationId, operation, action }: TaskOrder,
): Promise<{ readonly versionId?: string }> {
  if (operation === 'external') return {};
  const found = await findAction(pool, organizationId, action);
  if (!found) throw unknownAction(action);
  return found.resource;
}

/** The version in force of a declared resource: the task keeps it, and no other replaces it before there is the task. */
async function holdVersion(tx: Transaction, { organizationId, action, ...order }: TaskOrder): Promise<string> {
  const name = resourceNameOf({ ...order, action });
  const version = name === undefined ? undefined : await holdInForce(tx, organizationId, name);
  if (version === undefined) throw unknownAction(action);
  return version;
}

function unknownAction(action: string): ServiceError {
  const message = `${shown(action)} is not a valid action`;
  return new ServiceError('invalid', 'The submission is not valid.', [{ field: 'action', message }]);
}

async function insert(
  tx: Transaction,
  turns: Turns,
  order: TaskOrder & { readonly resourceId?: string },
): Promise<string> {
  const { organizationId, upload } = order;
  const file = upload ? { id: newId(), size: upload.size } : order.file;
  if (upload && file && !(await adoptFile(tx, organizationId, { ...upload, id: file.id }))) {
    throw uploadGivenUp();
  }
  const traceContext = RequestScope.current()?.traceContext;
  const task = {
    ...order,
    id: newId(),
    ...(file && { fileId: file.id, progressTotal: file.size }),
    ...(traceContext && { traceContext }),
  };
  const begins = !order.scheduledAt && order.operation !== 'external';
  // One behind the other, without waiting for each: a way to the database and back can take a fifth of a second.
  await Promise.all([insertTask(tx, task), begins && turns.give(tx, organizationId)]);
  return task.id;
}
