import { isOver, type TaskState } from '@openbulk/client';
import { useQuery } from '@tanstack/react-query';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import type { View } from '../view.ts';
import { Causes } from './Causes.tsx';
import { CorrectionBar } from './CorrectionBar.tsx';
import { Lines } from './Lines.tsx';
import classes from './lines.module.css';
import { OutcomeTabs } from './OutcomeTabs.tsx';
import { type Cause, causesQuery } from './queries.ts';
import { useCorrections } from './use-corrections.ts';

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
  const { data } = useQuery({ ...causesQuery(reference, over), enabled: report.numErrors > 0 });
  const corrector = useCorrections();
  const mayCreate = useMay('base.bulk.management.create');
  const fixable = mayCreate && over && action.startsWith('import-');
  // Of a task that goes on, lines come at the end: from its middle on nobody would see them.
  const { from, ...choice } = report.numErrors === 0 ? { ...view, show: 'skipped' as const } : view;
  const shown: View = over && from !== undefined ? { ...choice, from } : choice;
  const causes = data?.causes ?? [];
  return (
    <>
      {causes.length > 0 && (
        <Causes causes={causes} mapping={config.mapping} chosen={shown} linked={file !== undefined} />
      )}
      {file && (
        <section className={parts.card} aria-label={say.lines.title}>
          <OutcomeTabs report={report} view={shown}>
            {shown.show && (
              <p className={classes.help}>
                {config.override === false ? say.lines.skippedExists : say.lines.skippedUnchanged}
              </p>
            )}
            <Lines
              organization={organization}
              task={task}
              view={shown}
              total={totalOf(report, causes, shown)}
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
function totalOf({ numErrors, numSkips }: TaskState['report'], causes: readonly Cause[], view: View) {
  const { show, code, column, from } = view;
  if (from !== undefined) return undefined;
  if (show) return numSkips;
  if (code === undefined && column === undefined) return numErrors;
  return causes.find((cause) => cause.code === code && cause.column === column)?.count;
}
