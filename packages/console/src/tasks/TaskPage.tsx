import { OpenBulkError } from '@openbulk/client';
import { Link, useParams } from '@tanstack/react-router';
import { Failure } from '../parts/Failure.tsx';
import { Loading } from '../parts/Loading.tsx';
import { Moment } from '../parts/Moment.tsx';
import parts from '../parts/parts.module.css';
import { StatusMark } from '../parts/StatusMark.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { useSpeech } from '../say/language.tsx';
import { ErroredLines } from './ErroredLines.tsx';
import { Facts } from './Facts.tsx';
import { Ledger } from './Ledger.tsx';
import { actionName, submitterName, titleOf } from './naming.ts';
import { ProgressCard } from './ProgressCard.tsx';
import { SkippedLines } from './SkippedLines.tsx';
import { Steering } from './Steering.tsx';
import classes from './tasks.module.css';
import { useTask } from './use-task.ts';

/** All about one task, while it goes on and when it is over. */
export function TaskPage() {
  const { say } = useSpeech();
  const { organization, task: id } = useParams({ from: '/o/$organization/tasks/$task' });
  // Another task is another page: what was seen of the one before is not of this one.
  return <TaskView key={`${organization} ${id}`} organization={organization} id={id} back={say.tasks.title} />;
}

interface Props {
  readonly organization: string;
  readonly id: string;
  readonly back: string;
}

function TaskView({ organization, id, back }: Props) {
  const { say } = useSpeech();
  const { task, error, refetch, samples } = useTask(organization, id);
  usePageTitle(task ? titleOf(task, say) : say.task.unnamed);
  const gone = error instanceof OpenBulkError && error.code === 'not_found';
  const shown = gone ? undefined : task;
  return (
    <>
      <p className={classes.crumb}>
        <Link to="/o/$organization/tasks" params={{ organization }} activeOptions={{ exact: true }}>
          {back}
        </Link>
      </p>
      {!shown && (error ? <Failure heading="h1" error={error} onRetry={refetch} /> : <Loading />)}
      {shown && (
        <>
          <div className={parts.head}>
            <div>
              <h1>{titleOf(shown, say)}</h1>
              <div className={classes.standing}>
                <StatusMark task={shown} />
                <span>{actionName(shown, say)}</span>
                <span>
                  <Moment at={shown.createdAt} />, {submitterName(shown)}
                </span>
              </div>
            </div>
            <Steering organization={organization} task={shown} />
          </div>
          <div className={classes.stack}>
            {shown.error !== undefined && (
              <div className={classes.failed}>
                <h2>{say.task.failed}</h2>
                <p lang="en">{shown.error}</p>
              </div>
            )}
            <ProgressCard task={shown} samples={samples} />
            <Ledger report={shown.report} />
            <Warnings warnings={shown.report.warnings} />
            <ErroredLines report={shown.report} />
            <SkippedLines report={shown.report} />
            <Facts task={shown} />
          </div>
        </>
      )}
    </>
  );
}

function Warnings({ warnings = [] }: { readonly warnings: readonly string[] | undefined }) {
  const { say } = useSpeech();
  if (warnings.length === 0) return null;
  return (
    <section className={parts.card}>
      <h2>{say.task.warnings}</h2>
      <ul className={classes.pairs} lang="en">
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </section>
  );
}
