import type { TaskState } from '@openbulk/client';
import type { ReactNode } from 'react';
import { Moment } from '../../parts/Moment.tsx';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { submitterName } from '../naming.ts';
import classes from '../tasks.module.css';

/** The file, how it was to be read, and who submitted it when. */
export function Facts({ task }: { readonly task: TaskState }) {
  const { say, format } = useSpeech();
  const words = say.task;
  const { file, config, createdAt, updatedAt, createdBy, id } = task;
  const { override, mode, blankCells, mapping, constants, dateFormat, formats, missingValues, encoding } = config;
  const submitter = submitterName(task);
  const facts: readonly (readonly [string, ReactNode])[] = [
    [words.fileName, file?.originalName],
    [words.size, file && format.bytes(file.size)],
    [words.type, file?.mimetype],
    [words.checksum, file && <span className={classes.mono}>{file.checksum}</span>],
    [
      words.override,
      mode ? words.modes[mode] : override !== undefined && (override ? words.overrideYes : words.overrideNo),
    ],
    [words.blankCells, blankCells === 'keep' && words.blankCellsKeep],
    [words.mapping, mapping && <Pairs of={mapping} between=" ← " />],
    [words.constants, constants && <Pairs of={constants} between=" = " />],
    [words.dateFormat, dateFormat],
    [words.formats, formats && <Pairs of={formats} between=" = " />],
    [words.missingValues, missingValues && format.list(missingValues)],
    [words.encoding, encoding],
    [words.submitted, <Moment key="created" at={createdAt} />],
    [words.changed, <Moment key="updated" at={updatedAt} />],
    [words.by, createdBy.email && createdBy.email !== submitter ? `${submitter} (${createdBy.email})` : submitter],
    [
      words.id,
      <span key="id" className={classes.mono}>
        {id}
      </span>,
    ],
  ];
  return (
    <section className={parts.card}>
      <h2>{words.facts}</h2>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => value && <Fact key={name} name={name} value={value} />)}
      </dl>
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Pairs({ of, between }: { readonly of: Readonly<Record<string, string>>; readonly between: string }) {
  return (
    <ul className={classes.pairs}>
      {Object.entries(of).map(([target, source]) => (
        <li key={target}>
          <span className={classes.mono}>{target}</span>
          {between}
          {source}
        </li>
      ))}
    </ul>
  );
}
