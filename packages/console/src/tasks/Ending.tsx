import type { TaskState } from '@openbulk/client';
import { useSpeech } from '../say/language.tsx';
import { cancelledBy } from './standing.ts';
import classes from './tasks.module.css';

/** Why a task ended before its time: somebody cancelled it, or it failed, and what to do. */
export function Ending({ task }: { readonly task: TaskState }) {
  const { say } = useSpeech();
  const { status, error } = task;
  if (error === undefined) return null;
  const by = cancelledBy({ status, error });
  if (by !== undefined) {
    return (
      <div className={classes.note}>
        <h2>{say.task.cancelledBy(by)}</h2>
        <p>{say.task.cancelledHelp}</p>
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
