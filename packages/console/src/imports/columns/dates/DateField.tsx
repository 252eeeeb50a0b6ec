import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useSpeech } from '../../../say/language.tsx';
import classes from '../../imports.module.css';
import { type Dates, dateFormats, readDate } from './dates.ts';

interface Props {
  readonly dates: Dates;
  /** `''` for ISO dates; `undefined` while it must still be chosen. */
  readonly value: string | undefined;
  onChange(format: string): void;
}

/** Values of the choice that are no formats. */
const ISO = 'iso';
const OTHER = 'other';
const UNDECIDED = 'undecided';

/** How the file writes dates, with what its first one would be. */
export function DateField({ dates, value, onChange }: Props) {
  const { say } = useSpeech();
  const words = say.imports;
  const { fitting } = dates;
  const [other, setOther] = useState(() => value !== undefined && value !== '' && !dateFormats.includes(value));
  const reading = useReading(dates.example ?? '');
  const usual = fitting.length > 0 ? fitting : dateFormats;
  const named = value && !other && !usual.includes(value) ? [value, ...usual] : usual;
  const chosen = other ? OTHER : value === undefined ? UNDECIDED : value === '' ? ISO : value;
  const choose = (choice: string) => {
    setOther(choice === OTHER);
    if (choice !== OTHER) onChange(choice === ISO ? '' : choice);
  };
  return (
    <div className={classes.dates}>
      <NativeSelect
        label={words.dateFormat}
        description={value === undefined ? words.datesUnclear(dates.example ?? '') : undefined}
        value={chosen}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      >
        {value === undefined && <option value={UNDECIDED}>{words.undecided}</option>}
        <option value={ISO}>{words.iso}</option>
        {named.map((format) => (
          <option key={format} value={format}>
            {reading(format) ? words.dateChoice(format, reading(format) ?? '') : format}
          </option>
        ))}
        <option value={OTHER}>{words.otherFormat}</option>
      </NativeSelect>
      {other && (
        <TextInput
          label={words.otherFormat}
          description={words.otherFormatHelp}
          value={value ?? ''}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )}
      {value !== undefined && <Reading example={dates.example ?? ''} read={reading(value.trim())} />}
    </div>
  );
}

/** What a date of the file is in each format. */
function useReading(example: string) {
  const { format } = useSpeech();
  return (written: string) => {
    const date = readDate(example, written);
    return date && format.day(date);
  };
}

function Reading({ example, read }: { readonly example: string; readonly read: string | undefined }) {
  const { imports: words } = useSpeech().say;
  return (
    <p className={read === undefined ? classes.wrong : classes.help} role="status">
      {read === undefined ? words.dateUnread(example) : words.dateRead(example, read)}
    </p>
  );
}
