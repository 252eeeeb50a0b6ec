import { isOver, type TaskState } from '@openbulk/client';
import { useQuery } from '@tanstack/react-query';
import { Failure } from '../../parts/Failure.tsx';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import { useFamily } from '../page/Family.tsx';
import { parseTaskView, type View } from '../view.ts';
import { Causes } from './Causes.tsx';
import { CorrectionBar } from './corrections/CorrectionBar.tsx';
import { useCorrections } from './corrections/use-corrections.ts';
import classes from './lines.module.css';
import { OutcomeTabs } from './OutcomeTabs.tsx';
import { type Causes as CausesOfTask, causesQuery, standOf } from './queries.ts';
import { Lines } from './table/Lines.tsx';

interface Props {
  readonly organization: string;
  readonly task: TaskState;
  readonly view: View;
}

/** What was not applied: the causes of the errors, the lines with errors, and those that were skipped. */
export function NotApplied({ organization, task, view }: Props) {
  const { say } = useSpeech();
  const { config, report, file, dryRun, action } = task;
  const over = isOver(task);
  const reference = { organization, id: task.id };
  const hasErrors = report.numErrors > 0;
  const fixes = standOf(useFamily(organization, task).data);
  const { data, error, refetch } = useQuery({ ...causesQuery(reference, over, fixes), enabled: hasErrors });
  const numOpen = data?.total ?? report.numErrors;
  const corrector = useCorrections();
  const mayCreate = useMay('base.bulk.management.create');
  const fixable = mayCreate && over && action.startsWith('import-');
  // A running task adds lines at the end, which a list that starts in the middle would not show.
  const { from, ...choice } = hasErrors ? view : parseTaskView({ ...view, show: 'skipped' });
  const shown: View = over && from !== undefined ? { ...choice, from } : choice;
  return (
    <>
      {numOpen > 0 && (data || !error) && (
        <Causes
          reference={reference}
          causes={data?.causes}
          mapping={config.mapping}
          chosen={shown}
          linked={file !== undefined}
        />
      )}
      {error && !data && <Failure error={error} onRetry={refetch} />}
      {file && (
        <section className={parts.card} aria-label={say.lines.title}>
          <OutcomeTabs numErrors={numOpen} numSkips={report.numSkips} view={shown}>
            {shown.show && (
              <p className={classes.help}>
                {config.override === false ? say.lines.skippedExists : say.lines.skippedUnchanged}
              </p>
            )}
            <Lines
              organization={organization}
              task={task}
              view={shown}
              total={totalOf(report, data, shown)}
              fixes={fixes}
              corrector={fixable && !shown.show ? corrector : undefined}
            />
          </OutcomeTabs>
          {corrector.editing && <CorrectionBar reference={reference} corrector={corrector} dryRun={dryRun === true} />}
        </section>
      )}
    </>
  );
}

/** How many lines there are to show, where that is known. */
function totalOf({ numErrors, numSkips }: TaskState['report'], known: CausesOfTask | undefined, view: View) {
  const { show, code, column, from } = view;
  if (from !== undefined) return undefined;
  if (show) return numSkips;
  if (code === undefined && column === undefined) return known?.total ?? numErrors;
  // What is not given may be anything.
  const chosen = known?.causes.filter(
    (cause) => (code ?? cause.code) === cause.code && (column ?? cause.column) === cause.column,
  );
  return chosen?.reduce((sum, { count }) => sum + count, 0);
}
