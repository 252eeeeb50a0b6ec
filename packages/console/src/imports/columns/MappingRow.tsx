import { NativeSelect, TextInput } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { useSpeech } from '../../say/language.tsx';
import type { Preview, TargetColumn } from '../file/preview.ts';
import classes from '../imports.module.css';
import { type Choice, type Columns, comesByItself, type Source, samplesOf } from './mapping.ts';

interface Props {
  readonly column: TargetColumn;
  /** What people call it, where its name does not say it. */
  readonly label: string | undefined;
  readonly preview: Preview;
  readonly columns: Columns;
  /** The columns of the file that can be chosen, and the same as options, whose values are their positions. */
  readonly names: readonly Choice[];
  readonly choices: ReactNode;
  onChange(source: Source | undefined): void;
}

/** Values of the choice beside the columns of the file. */
const NOTHING = 'nothing';
const CONSTANT = 'constant';

/** One column of the records, and where its values come from. */
export function MappingRow({ column, label, preview, columns, names, choices, onChange }: Props) {
  const { say } = useSpeech();
  const words = say.imports;
  const id = useId();
  const { name, required, key, examples } = column;
  const source = columns[name];
  const header = source && 'header' in source ? source.header : undefined;
  const constant = source && 'constant' in source ? source.constant : undefined;
  const choose = (value: string) => {
    if (value === NOTHING) return onChange(undefined);
    if (value === CONSTANT) return onChange({ constant: '' });
    const chosen = names[Number(value)];
    if (chosen) onChange({ header: chosen.header });
  };
  const value =
    header !== undefined
      ? String(names.findIndex((each) => each.header === header))
      : constant !== undefined
        ? CONSTANT
        : NOTHING;
  const fixed = header !== undefined && comesByItself(name, preview.header, columns);
  return (
    <li>
      <div className={classes.target}>
        <ColumnName id={id} name={name} />
        {label !== undefined && <span className={classes.called}>{label}</span>}
        {required && <span className={classes.badge}>{words.required}</span>}
        {!required && key && <span className={classes.badge}>{words.key}</span>}
        {examples.length > 0 && <span className={classes.example}>{words.example(examples[0] ?? '')}</span>}
      </div>
      <div>
        <NativeSelect
          aria-labelledby={id}
          value={value}
          error={required && value === NOTHING && words.missingOne}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
        >
          {/* What the file has under this very name is taken in any case. */}
          {!fixed && <option value={NOTHING}>{words.nothing}</option>}
          <option value={CONSTANT}>{words.constant}</option>
          {choices}
        </NativeSelect>
        {constant !== undefined && (
          <TextInput
            mt="0.375rem"
            aria-label={words.constantOf(name)}
            placeholder={words.constantHint}
            value={constant}
            onChange={({ currentTarget }) => onChange({ constant: currentTarget.value })}
          />
        )}
      </div>
      <div className={classes.samples}>
        {header !== undefined && <Samples values={samplesOf(preview, header)} none={words.noValues} />}
      </div>
    </li>
  );
}

/** The last part of a column's name is its label; the rest is its group. */
function ColumnName({ id, name }: { readonly id: string; readonly name: string }) {
  const end = name.lastIndexOf('.') + 1;
  return (
    <span id={id}>
      <span className={classes.prefix}>{name.slice(0, end)}</span>
      {name.slice(end)}
    </span>
  );
}

function Samples({ values, none }: { readonly values: readonly string[]; readonly none: string }) {
  if (values.length === 0) return <em>{none}</em>;
  return (
    <ul>
      {values.map((value) => (
        <li key={value}>{value}</li>
      ))}
    </ul>
  );
}
