import { Button } from '@mantine/core';
import type { TaskState } from '@openbulk/client';
import { useState } from 'react';
import parts from '../parts/parts.module.css';
import { useSpeech } from '../say/language.tsx';
import classes from './tasks.module.css';

/** Rows that are shown more at a time. */
const STEP = 50;

/** The first lines that could not be applied, and why. */
export function ErroredLines({ report }: { readonly report: TaskState['report'] }) {
  const { say, format } = useSpeech();
  const [most, setMost] = useState(STEP);
  const lines = report.erroredLines ?? [];
  if (lines.length === 0) return null;
  const shown = lines.slice(0, most);
  return (
    <div>
      <h2 id="errored-lines">{say.task.errors}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard */}
      <section className={parts.scroll} tabIndex={0} aria-labelledby="errored-lines">
        <table className={parts.table}>
          <thead>
            <tr>
              <th scope="col" className={parts.number}>
                {say.task.line}
              </th>
              <th scope="col">{say.task.column}</th>
              <th scope="col">{say.task.reason}</th>
              <th scope="col">{say.task.code}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ line, column, reason, code }) => (
              <tr key={line}>
                <td className={parts.number}>{format.count(line)}</td>
                <td>{column}</td>
                <td lang="en">{reason}</td>
                <td className={classes.mono}>{code}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className={classes.pager}>
        <span>{say.task.errorsHelp(format.count(shown.length), format.count(report.numErrors))}</span>
        {lines.length > most && (
          <Button variant="default" size="xs" onClick={() => setMost(most + STEP)}>
            {say.more}
          </Button>
        )}
      </div>
    </div>
  );
}
