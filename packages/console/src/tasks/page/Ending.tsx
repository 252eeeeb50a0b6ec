import type { TaskState } from '@openbulk/client';
import { useSpeech } from '../../say/language.tsx';
import classes from '../tasks.module.css';

/** Why a task ended early: it was cancelled or failed, and what to do. */
export function Ending({ task }: { readonly task: TaskState }) {
  const { say } = useSpeech();
  const { error, cancelledBy } = task;
  if (error === undefined) return null;
  if (cancelledBy !== undefined) {
    return (
      <div className={classes.note}>
        <h2>{say.task.cancelledBy(cancelledBy)}</h2>
        <p>{task.dryRun ? say.dryRun.cancelledHelp : say.task.cancelledHelp}</p>
      </div>
    );
  }
  return (
    <div className={classes.failed}>
      <h2>{say.task.failed}</h2>
      <p lang="en">{error}</p>
    </div>
  );
}
