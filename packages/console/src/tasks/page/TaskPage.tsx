import { isOver, OpenBulkError, type TaskState } from '@openbulk/client';
import { IconFlask } from '@tabler/icons-react';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useActionNames } from '../../catalogue/action-names.ts';
import { Failure } from '../../parts/Failure.tsx';
import { Loading } from '../../parts/Loading.tsx';
import { lastView } from '../../parts/last-view.ts';
import { Moment } from '../../parts/Moment.tsx';
import parts from '../../parts/parts.module.css';
import { StatusMark } from '../../parts/StatusMark.tsx';
import { usePageTitle } from '../../parts/use-page-title.ts';
import { useSpeech } from '../../say/language.tsx';
import { NotApplied } from '../lines/NotApplied.tsx';
import { parseFilters } from '../list/filters.ts';
import { isExport, submitterName, titleOf } from '../naming.ts';
import { ProgressCard } from '../progress/ProgressCard.tsx';
import classes from '../tasks.module.css';
import { Ending } from './Ending.tsx';
import { ExportFile } from './ExportFile.tsx';
import { Facts } from './Facts.tsx';
import { Family, FixesOf } from './Family.tsx';
import { Ledger } from './Ledger.tsx';
import { RunCheck } from './RunCheck.tsx';
import { Steering } from './Steering.tsx';
import { useTaskRights } from './use-rights.ts';
import { useTask } from './use-task.ts';
import { Warnings } from './Warnings.tsx';

const PATH = '/o/$organization/tasks/$task';

/** A task, running or ended. */
export function TaskPage() {
  const { organization, task: id } = useParams({ from: PATH });
  // Another task is another page: what was seen of the one before is not of this one.
  return <TaskView key={`${organization} ${id}`} organization={organization} id={id} />;
}

function TaskView({ organization, id }: { readonly organization: string; readonly id: string }) {
  const { say } = useSpeech();
  const nameAction = useActionNames();
  const { task, error, refetch, samples } = useTask(organization, id);
  const view = useSearch({ from: PATH });
  usePageTitle(task ? titleOf(task, nameAction) : say.task.unnamed);
  const gone = error instanceof OpenBulkError && error.code === 'not_found';
  const shown = gone ? undefined : task;
  return (
    <>
      <p className={classes.crumb}>
        <Link
          to="/o/$organization/tasks"
          params={{ organization }}
          search={parseFilters(lastView(`tasks ${organization}`))}
          activeOptions={{ exact: true }}
        >
          {say.tasks.title}
        </Link>
      </p>
      {!shown && (error ? <Failure heading="h1" error={error} onRetry={refetch} /> : <Loading />)}
      {shown && (
        <>
          <Head organization={organization} task={shown} />
          <div className={classes.stack}>
            {shown.dryRun && <DryRunNote organization={organization} task={shown} />}
            <Ending task={shown} />
            <ProgressCard task={shown} samples={samples} />
            <Outcome organization={organization} task={shown} />
            <Family organization={organization} task={shown} />
            <NotAppliedIfAny organization={organization} task={shown} view={view} />
            <Warnings warnings={shown.report.warnings} />
            <Facts task={shown} />
          </div>
        </>
      )}
    </>
  );
}

interface Props {
  readonly organization: string;
  readonly task: TaskState;
}

function Head({ organization, task }: Props) {
  const { say } = useSpeech();
  const nameAction = useActionNames();
  return (
    <div className={parts.head}>
      <div>
        <h1>
          <bdi>{titleOf(task, nameAction)}</bdi>
        </h1>
        <div className={classes.standing}>
          <StatusMark task={task} />
          {task.dryRun && (
            <span className={classes.dryRun}>
              <IconFlask size={16} aria-hidden />
              {say.dryRun.mark}
            </span>
          )}
          <span>{nameAction(task.action)}</span>
          <FixesOf organization={organization} task={task} />
          <span>
            <Moment at={task.createdAt} />, {submitterName(task)}
          </span>
        </div>
      </div>
      <Steering organization={organization} task={task} />
    </div>
  );
}

/** What it has come to: of an export its file, of the others the ledger. */
function Outcome({ organization, task }: Props) {
  const { say } = useSpeech();
  if (!isExport(task)) return <Ledger report={task.report} dryRun={task.dryRun === true} />;
  if (task.status === 'failed') return null;
  return (
    <section className={parts.card} aria-label={say.records.exporting}>
      <ExportFile organization={organization} task={task} />
    </section>
  );
}

function DryRunNote({ organization, task }: Props) {
  const { say } = useSpeech();
  const navigate = useNavigate();
  const toTask = (id: string) => navigate({ to: PATH, params: { organization, task: id } });
  return (
    <div className={classes.note}>
      <h2>{say.dryRun.title}</h2>
      <p>{say.dryRun.help}</p>
      <RunCheck organization={organization} task={task} onRun={toTask} />
    </div>
  );
}

function NotAppliedIfAny({ organization, task, view }: Parameters<typeof NotApplied>[0]) {
  const { say } = useSpeech();
  const { readLines } = useTaskRights(task);
  const { report, status, parentId } = task;
  if (report.numErrors + report.numSkips > 0) {
    return readLines ? <NotApplied organization={organization} task={task} view={view} /> : null;
  }
  // Of corrections the family says what is left.
  if (!isOver(task) || status === 'failed' || report.numItems === 0 || parentId !== undefined) return null;
  return <p className={classes.help}>{task.dryRun ? say.dryRun.noErrors : say.task.noErrors}</p>;
}
