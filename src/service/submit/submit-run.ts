import { resourceOf } from '../../operations/catalogue.ts';
import type { Transaction } from '../../store/connection/pool.ts';
import { inScope } from '../../store/connection/request-scope.ts';
import { lockFile } from '../../store/files/files.ts';
import { holdTask } from '../../store/platform/retention.ts';
import { findFamily } from '../../store/tasks/family.ts';
import { lockTask } from '../../store/tasks/related.ts';
import { toHex24 } from '../../task/ids.ts';
import { isTerminal } from '../../task/lifecycle.ts';
import type { StoredFile, Task } from '../../task/task.ts';
import { holdWhile } from '../lines/hold-while.ts';
import { type AskedTask, requireVerb, requireVerbOn, verbOf } from '../platform/rights.ts';
import { notFound, ServiceError } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';
import { correctedFile, type ImportTask } from './corrected-file.ts';
import { createTask } from './create-task.ts';
import type { Intake } from './intake.ts';
import type { FixOrder } from './submit-fixes.ts';
import { submitUpload } from './submit-upload.ts';

/** What was checked. */
interface Checked {
  readonly root: ImportTask;
  readonly file: StoredFile;
  /** Those that are completed, in the order in which they were made. */
  readonly corrections: readonly ImportTask[];
}

/**
 * Makes the import of what a dry run has checked: its file, with its action and settings, and of each line that was corrected the last
 * correction, whatever the check of that found. The import corrects no other task: its file is the one that was checked where there are no
 * corrections, and else one of its own, in which lines keep their numbers.
 *
 * @param ref any of the dry run's family
 * @param answer what the caller answers to the task; kept for repetitions of an idempotent order
 * @throws ServiceError `not_found`; `insufficient_scope`; `conflict` when it is no dry run, is not completed, has corrections that are
 *   being checked, or its file no longer exists; `key_reused`
 */
export async function submitRun<Answer>(
  context: TaskContext & { readonly intake: Intake },
  ref: AskedTask,
  order: FixOrder,
  answer: (task: Task) => Answer,
): Promise<Answer> {
  const { root, file, corrections } = await findChecked(context, ref);
  const { organizationId, action } = root;
  const { dryRun: _dryRun, ...config } = root.config;
  const work = {
    ...({ operation: 'import', origin: order.origin, organizationId, action, createdBy: order.createdBy } as const),
    ...(order.key && { idempotent: { ...order.key, fingerprint: root.id } }),
  };
  const check = async (tx: Transaction) => {
    const there = (await lockTask(tx, organizationId, root.id, 'for key share')) && (await lockFile(tx, file.id));
    if (!there) throw gone();
  };
  if (corrections.length === 0) {
    const { answered } = await createTask(context, { ...work, config, file }, answer, check);
    return answered;
  }
  const pieces = [root, ...corrections].reduce<AsyncIterable<Buffer>>(
    (bytes, { id }) => holdWhile(context, id, bytes),
    correctedFile(context, root, corrections),
  );
  const stored = await context.intake.put(inScope(pieces));
  const upload = { ...stored, originalName: nameOf(file), mimetype: 'text/csv' };
  const { encoding: _encoding, ...settings } = config;
  return submitUpload(context, { ...work, config: { ...settings, numbered: true }, upload }, answer, check);
}

async function findChecked(context: TaskContext, ref: AskedTask): Promise<Checked> {
  const task = await getTask(context, ref);
  requireVerb(ref.asker, task, 'correct');
  requireVerbOn(ref.asker.permissions, await resourceOf(context.pool, task), verbOf(task));
  if (task.operation !== 'import' || !task.config.dryRun) throw conflict('Only a dry run of an import can be run.');
  // Its family has the same action and settings.
  const [root, ...others] = (await findFamily(context.pool, task.organizationId, task.id)) as ImportTask[];
  if (!root) throw notFound();
  // A family that begins with corrections has lost the file that they are of.
  if (root.config.numbered || !root.file) throw gone();
  if (root.status !== 'completed') {
    const when = isTerminal(root.status) ? 'check the file again' : 'it can be run after it is completed';
    throw conflict(`The dry run is ${root.status}: ${when}.`);
  }
  const open = others.find(({ status }) => !isTerminal(status));
  if (open) {
    throw conflict(
      `Task ${toHex24(open.id)} is checking corrections. Wait until it ends, or cancel it to leave them out.`,
    );
  }
  const corrections = others.filter(({ status }) => status === 'completed');
  for (const checked of [root, ...corrections]) {
    const there = checked.file && (await holdTask(context.pool, checked.id));
    if (!there || (await context.files.age(checked.file.key)) === undefined) throw gone();
  }
  return { root, file: root.file, corrections };
}

function conflict(message: string): ServiceError {
  return new ServiceError('conflict', message);
}

function gone(): ServiceError {
  return conflict('The checked file or one of its corrections no longer exists. Check the file again.');
}

function nameOf({ originalName }: StoredFile): string {
  const stem = originalName.replace(/(\.[^.]*)?(\.gz)?$/i, '');
  return `${stem || 'lines'}-corrected.csv`;
}
