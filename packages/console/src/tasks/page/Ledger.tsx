import type { TaskState } from '@openbulk/client';
import { useSpeech } from '../../say/language.tsx';
import classes from '../tasks.module.css';

interface Props {
  readonly report: Pick<
    TaskState['report'],
    'numItems' | 'numInserts' | 'numUpdates' | 'numDeletes' | 'numSkips' | 'numErrors'
  >;
  /** Nothing was written: it is what would have become of the lines. */
  readonly dryRun: boolean;
}

/** What became of the lines. Every line that was read is in exactly one of the others. */
export function Ledger({ report, dryRun }: Props) {
  const { say, format } = useSpeech();
  const { numItems, numInserts, numUpdates, numDeletes, numSkips, numErrors } = report;
  const names = dryRun ? say.ledger.wouldBe : say.ledger;
  const entries = [
    { kind: 'lines', name: say.ledger.lines, value: numItems },
    { kind: 'inserted', name: names.inserted, value: numInserts },
    { kind: 'updated', name: names.updated, value: numUpdates },
    ...(numDeletes === undefined ? [] : [{ kind: 'deleted', name: names.deleted, value: numDeletes }]),
    { kind: 'skipped', name: names.skipped, value: numSkips },
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
