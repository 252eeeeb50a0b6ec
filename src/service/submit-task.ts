import type { FileStore, StoredBytes } from '../files/file-store.ts';
import { checkImportConfig } from '../operations/import/config.ts';
import { actions, findAction } from '../operations/registry.ts';
import { insertFile } from '../store/files.ts';
import { type IdempotentWrite, keepAnswer, reserveKey } from '../store/idempotency.ts';
import { inTransaction, isOutage, type Pool, type Transaction } from '../store/pool.ts';
import { findTask, insertTask } from '../store/tasks.ts';
import type { Turns } from '../store/turns.ts';
import { shown } from '../task/errors.ts';
import { newId } from '../task/ids.ts';
import type { ImportConfig, Submitter, Task } from '../task/task.ts';
import { type Problem, ServiceError } from './service-error.ts';

export interface Submission {
  readonly organizationId: string;
  readonly action: string;
  readonly config: ImportConfig;
  /** An upload that is in the file store already; it is removed if the submission does not make a task. */
  readonly file: StoredBytes & { readonly originalName: string; readonly mimetype: string };
  readonly createdBy: Submitter;
  /** With it, the same submission sent again gets the first one's answer. */
  readonly idempotent?: Omit<IdempotentWrite, 'organizationId'>;
}

/** What is wrong with an action and its configuration, as far as that can be told before the file is read. */
export function checkSubmission(action: string, config: ImportConfig): Problem[] {
  const found = findAction(action);
  if (found) return checkImportConfig(found.resource, config);
  return [
    {
      field: 'action',
      message: `${shown(action)} is no action; use one of ${actions.map(({ name }) => name).join(', ')}`,
    },
  ];
}

/**
 * Makes a task of an upload and gives the organization a turn, in one transaction.
 *
 * @param answer what the caller answers to the task; kept for repetitions of an idempotent submission
 * @returns the answer, of this submission or of the first one under its key
 * @throws ServiceError `invalid`; `key_reused` when the key was used for something else
 */
export async function submitTask<Answer>(
  { pool, turns, files }: { pool: Pool; turns: Turns; files: FileStore },
  submission: Submission,
  answer: (task: Task) => Answer,
): Promise<Answer> {
  try {
    const problems = checkSubmission(submission.action, submission.config);
    if (problems.length > 0) throw new ServiceError('invalid', 'The submission is not valid.', problems);
    const { answered, replayed } = await inTransaction(pool, (tx) => submit(tx, turns, submission, answer));
    if (replayed) await files.remove(submission.file.key);
    return answered;
  } catch (error) {
    // When the database went away the commit may have happened all the same: better a file too many than one too few.
    if (!isOutage(error)) await files.remove(submission.file.key);
    throw error;
  }
}

async function submit<Answer>(
  tx: Transaction,
  turns: Turns,
  submission: Submission,
  answer: (task: Task) => Answer,
): Promise<{ answered: Answer; replayed: boolean }> {
  const { organizationId, file } = submission;
  const write = submission.idempotent && { ...submission.idempotent, organizationId };
  const reserved = write ? await reserveKey(tx, write) : 'reserved';
  if (reserved !== 'reserved') {
    if (reserved.fingerprint === write?.fingerprint) return { answered: reserved.answer as Answer, replayed: true };
    throw new ServiceError('key_reused', 'This Idempotency-Key was used for another request. Use a new key.');
  }
  const task = { ...submission, id: newId(), fileId: newId() };
  await insertFile(tx, organizationId, { ...file, id: task.fileId });
  await insertTask(tx, task);
  await turns.give(tx, organizationId);
  const answered = answer((await findTask(tx, organizationId, task.id)) as Task);
  if (write) await keepAnswer(tx, write, answered);
  return { answered, replayed: false };
}
