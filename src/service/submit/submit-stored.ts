import { catalogueOf, findAction } from '../../operations/catalogue.ts';
import type { Pool, Transaction } from '../../store/connection/pool.ts';
import { findFile, lockFile, usesOfFile } from '../../store/files/files.ts';
import { lockTask } from '../../store/tasks/related.ts';
import { findTask } from '../../store/tasks/tasks.ts';
import { shown } from '../../task/errors.ts';
import { parseId } from '../../task/ids.ts';
import { importVerb, type Task } from '../../task/task.ts';
import { type Asker, READ_LINES, requireAll, requireResult, requireVerbOn, SUBMIT_IMPORT } from '../platform/rights.ts';
import { ServiceError } from '../platform/service-error.ts';
import type { SubmitContext } from '../tasks/task-context.ts';
import { checkImport } from './check-import.ts';
import { type Answered, createTask, type TaskOrder } from './create-task.ts';

/** What a task is to work on: a file that is stored already. */
interface Source {
  readonly file: { readonly id: string; readonly size: number };
  readonly parentId?: string;
}

/**
 * Makes an import of a stored file: `file` is its key, or the id of a task whose file is meant, what it made before what it
 * worked on. Both tasks then have the same file, and it stays until neither needs it.
 *
 * @throws ServiceError `insufficient_scope`, for who may not submit imports or not read the file; `invalid`; `key_reused` when the key was used for something else
 */
export async function submitStored<Answer>(
  context: SubmitContext,
  { asker, ...order }: TaskOrder & { readonly operation: 'import'; readonly asker: Asker },
  file: string,
  answer: (task: Task, tx: Transaction) => Answer | Promise<Answer>,
): Promise<Answered<Answer>> {
  requireAll(asker.permissions, [SUBMIT_IMPORT]);
  const action = await findAction(context.pool, order.organizationId, order.action);
  if (action) requireVerbOn(asker.permissions, action.resource, importVerb(order.config));
  const problems = checkImport(await catalogueOf(context.pool, order.organizationId), order.action, order.config);
  const source = await findSource(context.pool, order.organizationId, file);
  if (source) await requireFile(context.pool, asker, source.file.id);
  else problems.push(missing(file));
  if (!source || problems.length > 0) throw new ServiceError('invalid', 'The submission is not valid.', problems);
  return createTask(context, { ...order, ...source }, answer, async (tx) => {
    const { organizationId } = order;
    // The task before the file: see lockFilesOf.
    const there =
      (!source.parentId || (await lockTask(tx, organizationId, source.parentId, 'for key share'))) &&
      (await lockFile(tx, source.file.id));
    if (!there) throw new ServiceError('invalid', 'The submission is not valid.', [missing(file)]);
  });
}

async function findSource(pool: Pool, organizationId: string, file: string): Promise<Source | undefined> {
  const id = parseId(file);
  if (!id) {
    const found = await findFile(pool, organizationId, file);
    return found && { file: found };
  }
  const task = await findTask(pool, organizationId, id);
  const its = task?.result ?? task?.file;
  return its && { file: its, parentId: id };
}

/**
 * What an import is made of can be read in its report: it takes what reading the file takes. What was sent to be imported was sent for
 * this.
 */
async function requireFile(pool: Pool, asker: Asker, fileId: string): Promise<void> {
  for (const { made, ...task } of await usesOfFile(pool, fileId)) {
    if (made) await requireResult(pool, asker, task);
    else if (task.operation === 'patch') requireAll(asker.permissions, [READ_LINES.patch]);
  }
}

function missing(file: string) {
  return {
    field: 'file',
    message: `${shown(file)} is neither the key of a stored file nor the id of a task with a file`,
  };
}
