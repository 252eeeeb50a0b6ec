import type { TaskState } from '@openbulk/client';
import { useSpeech } from '../../say/language.tsx';
import classes from '../imports.module.css';

/** What would become of the lines. */
export function Figures({ report }: { readonly report: TaskState['report'] }) {
  const { say, format } = useSpeech();
  const { lines, inserted, updated, skipped, errored } = say.imports.would;
  const figures = [
    { name: lines, value: report.numItems },
    { name: inserted, value: report.numInserts },
    { name: updated, value: report.numUpdates },
    { name: skipped, value: report.numSkips },
    { name: errored, value: report.numErrors, bad: report.numErrors > 0 },
  ];
  return (
    <dl className={classes.figures}>
      {figures.map(({ name, value, bad = false }) => (
        <div key={name} data-bad={bad}>
          <dt>{name}</dt>
          <dd>{format.count(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
