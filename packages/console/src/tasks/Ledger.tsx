import type { TaskState } from '@openbulk/client';
import { useSpeech } from '../say/language.tsx';
import classes from './tasks.module.css';

/** What became of the lines. Every line that was read is in exactly one of the four others. */
export function Ledger({ report }: { readonly report: TaskState['report'] }) {
  const { say, format } = useSpeech();
  const { numItems, numInserts, numUpdates, numSkips, numErrors } = report;
  const entries = [
    { kind: 'lines', name: say.ledger.lines, value: numItems },
    { kind: 'inserted', name: say.ledger.inserted, value: numInserts },
    { kind: 'updated', name: say.ledger.updated, value: numUpdates },
    { kind: 'skipped', name: say.ledger.skipped, value: numSkips },
    { kind: 'errored', name: say.ledger.errored, value: numErrors },
  ];
  return (
    <section aria-label={say.ledger.title}>
      <dl className={classes.ledger}>
        {entries.map(({ kind, name, value }) => (
          <div key={kind} data-kind={kind} data-bad={kind === 'errored' && value > 0}>
            <dt>{name}</dt>
            <dd>{format.count(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
