import { Button, Progress } from '@mantine/core';
import { isOver, type TaskState } from '@openbulk/client';
import { Link } from '@tanstack/react-router';
import { openbulk } from '../../client.ts';
import { Failure } from '../../parts/Failure.tsx';
import { Loading } from '../../parts/Loading.tsx';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { shareOf } from '../../tasks/naming.ts';
import { RunCheck } from '../../tasks/page/RunCheck.tsx';
import { useTask } from '../../tasks/page/use-task.ts';
import classes from '../imports.module.css';
import { StepHeading } from '../StepHeading.tsx';
import { CheckCauses } from './CheckCauses.tsx';
import { Figures } from './Figures.tsx';

interface Props {
  readonly organization: string;
  /** Of the task that checks. */
  readonly id: string;
  /** The import was begun. @param id of its task */
  onRun(id: string): void;
  onBack(): void;
}

/** The results of the check, while it runs and after it ends. */
export function CheckResult({ organization, id, onRun, onBack }: Props) {
  const { say } = useSpeech();
  const words = say.imports;
  const { task, error, refetch } = useTask(organization, id);
  if (!task) return error ? <Failure error={error} onRetry={refetch} /> : <Loading />;
  const over = isOver(task);
  const done = task.status === 'completed';
  const leave = () => {
    if (!over) cancelCheck(organization, id);
    onBack();
  };
  return (
    <div className={classes.stack}>
      <section className={parts.card}>
        <StepHeading>{done ? words.checked : over ? words.checkFailed : words.checking}</StepHeading>
        {over ? task.error !== undefined && <p lang="en">{task.error}</p> : <Running task={task} />}
        {(done || !over) && <Figures report={task.report} />}
        {done && <p className={classes.verdict}>{words.verdicts[verdictOf(task)]}</p>}
        <p className={classes.help}>
          {words.nothingWritten}{' '}
          {task.report.numErrors + task.report.numSkips > 0 && (
            <Link to="/o/$organization/tasks/$task" params={{ organization, task: id }}>
              {words.allLines}
            </Link>
          )}
        </p>
      </section>
      {over && task.report.numErrors > 0 && <CheckCauses task={task} reference={{ organization, id }} />}
      <div className={classes.buttons}>
        {done && <RunCheck organization={organization} task={task} onRun={onRun} />}
        <Button size="md" variant="default" onClick={leave}>
          {over ? words.toColumnsBack : words.stopCheck}
        </Button>
      </div>
    </div>
  );
}

function Running({ task }: { readonly task: TaskState }) {
  const { say, format } = useSpeech();
  const share = shareOf(task) ?? 0;
  return (
    <>
      <Progress.Root size="lg">
        <Progress.Section value={100 * share} aria-label={say.imports.checking} />
      </Progress.Root>
      <p className={classes.help}>{task.status === 'pending' ? say.task.waiting : format.percent(share)}</p>
    </>
  );
}

/** What a run would come to: all lines, some, or none. */
function verdictOf({ report }: TaskState): 'all' | 'some' | 'nothing' {
  const { numInserts, numUpdates, numDeletes = 0, numErrors } = report;
  if (numInserts + numUpdates + numDeletes === 0) return 'nothing';
  return numErrors > 0 ? 'some' : 'all';
}

/** What is not waited for any more need not go on. Who may not stop it, or is too late, misses nothing. */
function cancelCheck(organization: string, id: string): void {
  openbulk.organizations
    .post('/v1/organizations/{organizationId}/bulk-tasks/{bulkTaskId}/cancel', {
      path: { organizationId: organization, bulkTaskId: id },
    })
    .catch(() => {});
}
