import type { StoredBytes } from '../../files/file-store.ts';
import { findAction } from '../../operations/catalogue.ts';
import { inTransaction, type Pool, type Transaction } from '../../store/connection/pool.ts';
import { adoptFile } from '../../store/files/files.ts';
import type { Turns } from '../../store/queue/turns.ts';
import { type IdempotentWrite, keepAnswer, reserveKey } from '../../store/tasks/idempotency.ts';
import { findTask, insertTask } from '../../store/tasks/tasks.ts';
import { shown } from '../../task/errors.ts';
import { newId } from '../../task/ids.ts';
import type { GivenJson } from '../../task/json/exact-json.ts';
import type { Submitter, Task, TaskWork } from '../../task/task.ts';
import { ServiceError } from '../platform/service-error.ts';
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
  const resourceId = await versionOf(pool, order);
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
    const id = await insert(tx, turns, { ...order, ...(resourceId !== undefined && { resourceId }) });
    const answered = await answer((await findTask(tx, organizationId, id)) as Task, tx);
    if (write) keepAnswer(tx, write, answered);
    return { answered, replayed: false };
  });
}

/** The version of its resource with which a task begins, where that was declared. @throws ServiceError `invalid` where it is not there any more */
async function versionOf(pool: Pool, { organizationId, operation, action }: TaskOrder): Promise<string | undefined> {
  if (operation === 'external') return undefined;
  const found = await findAction(pool, organizationId, action);
  if (found) return found.resource.versionId;
  const message = `${shown(action)} is not a valid action`;
  throw new ServiceError('invalid', 'The submission is not valid.', [{ field: 'action', message }]);
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
  const task = { ...order, id: newId(), ...(file && { fileId: file.id, progressTotal: file.size }) };
  const begins = !order.scheduledAt && order.operation !== 'external';
  // One behind the other, without waiting for each: a way to the database and back can take a fifth of a second.
  await Promise.all([insertTask(tx, task), begins && turns.give(tx, organizationId)]);
  return task.id;
}
