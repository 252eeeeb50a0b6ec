import type { TaskState } from '@openbulk/client';
import parts from '../parts/parts.module.css';
import { useSpeech } from '../say/language.tsx';
import classes from './tasks.module.css';

/** Line numbers that are written out. */
const MOST = 200;

/** The numbers of the first lines that were skipped. */
export function SkippedLines({ report }: { readonly report: TaskState['report'] }) {
  const { say, format } = useSpeech();
  const lines = (report.skippedLines ?? []).slice(0, MOST);
  if (lines.length === 0) return null;
  const more = lines.length < report.numSkips;
  return (
    <section className={parts.card}>
      <h2>{say.task.skips}</h2>
      <p className={classes.help}>{say.task.skipsHelp}</p>
      <p className={classes.numbers}>{lines.map(({ line }) => format.count(line)).join('  ')}</p>
      {more && (
        <p className={classes.help}>{say.task.errorsHelp(format.count(lines.length), format.count(report.numSkips))}</p>
      )}
    </section>
  );
}
