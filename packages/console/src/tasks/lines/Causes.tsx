import { Button, VisuallyHidden } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { causeName } from './cause-name.ts';
import classes from './lines.module.css';
import type { Cause, Causes as CausesOfTask } from './queries.ts';

/** Causes that are shown at first. */
const FEW = 6;

interface Props {
  readonly causes: CausesOfTask['causes'];
  /** Target column to header of the file. */
  readonly mapping: Readonly<Record<string, string>> | undefined;
  /** The one whose lines are shown. */
  readonly chosen: Partial<Pick<Cause, 'code' | 'column'>>;
  /** Whether there are lines to lead to. */
  readonly linked: boolean;
}

/** Why lines have errors, the most frequent cause first; each leads to its lines. */
export function Causes({ causes, mapping, chosen, linked }: Props) {
  const { say, format } = useSpeech();
  const [all, setAll] = useState(false);
  const shown = all ? causes : causes.slice(0, FEW);
  return (
    <section className={parts.card}>
      <h2>{say.causes.title}</h2>
      <ol className={classes.causes}>
        {shown.map((cause) => (
          <CauseItem
            key={`${cause.code} ${cause.column}`}
            cause={cause}
            mapping={mapping}
            linked={linked}
            chosen={cause.code === chosen.code && cause.column === chosen.column}
          />
        ))}
      </ol>
      {shown.length < causes.length && (
        <Button variant="default" size="xs" mt="sm" onClick={() => setAll(true)}>
          {say.causes.all(format.count(causes.length))}
        </Button>
      )}
    </section>
  );
}

interface ItemProps {
  readonly cause: Cause;
  readonly mapping: Props['mapping'];
  readonly linked: boolean;
  readonly chosen: boolean;
}

function CauseItem({ cause, mapping, linked, chosen }: ItemProps) {
  const { say, format } = useSpeech();
  const { code, column, count, examples } = cause;
  return (
    <li className={classes.cause} data-chosen={chosen}>
      <p className={classes.causeCount}>{say.causes.lines(format.count(count), count === 1)}</p>
      <div>
        <h3 className={classes.causeName}>
          {causeName(cause, say)}
          {column !== undefined && <ColumnName column={column} header={mapping?.[column]} />}
        </h3>
        <ul className={classes.examples}>
          {examples.map(({ line, value, reason }, index) => (
            <li key={line}>
              <span className={classes.exampleLine}>{say.lines.numbered(format.count(line))}</span>
              <Value value={value} />
              {/* Of the same column the others say the same of their values. */}
              {(index === 0 || value === undefined) && (
                <span className={classes.reason} lang="en">
                  {reason}
                </span>
              )}
            </li>
          ))}
        </ul>
      </div>
      {linked && (
        <Link
          from="/o/$organization/tasks/$task"
          to="."
          search={chosen ? {} : { code, ...(column !== undefined && { column }) }}
          resetScroll={false}
          className={classes.causeLink ?? ''}
        >
          {chosen ? say.causes.showAll : say.causes.show}
          <VisuallyHidden>
            {' '}
            ({causeName(cause, say)} {column})
          </VisuallyHidden>
        </Link>
      )}
    </li>
  );
}

function Value({ value }: { readonly value: string | undefined }) {
  const { say } = useSpeech();
  if (value === '') return <span className={classes.blank}>{say.lines.blank}</span>;
  return value === undefined ? null : <code className={classes.value}>{value}</code>;
}

/** The column as the file has it, and what it is mapped to. */
function ColumnName({ column, header }: { readonly column: string; readonly header: string | undefined }) {
  const renamed = header !== undefined && header !== column;
  return (
    <span className={classes.columnName}>
      <bdi>{renamed ? header : column}</bdi>
      {renamed && <bdi className={classes.target}>{column}</bdi>}
    </span>
  );
}
