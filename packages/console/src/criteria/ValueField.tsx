import { Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core';
import type { Kind, NamedValue } from '../catalogue/record-resource.ts';
import { useSpeech } from '../say/language.tsx';
import classes from './criteria.module.css';
import { type Choice, isOfLines } from './form.ts';
import { fromLocalTime, toLocalTime } from './local-time.ts';

interface Props {
  readonly kind: Kind;
  /** Of a choice. */
  readonly values: readonly NamedValue[] | undefined;
  readonly choice: Choice;
  readonly text: string;
  readonly error: string | undefined;
  onChange(text: string): void;
}

const examples: Partial<Record<Kind, string>> = { ip: '10.0.3.17', mac: '00:1a:2b:3c:4d:5e', number: '30' };

/** What a column is compared with, asked for as its values are. */
export function ValueField({ kind, values = [], choice, text, error, onChange }: Props) {
  const { criteria: words } = useSpeech().say;
  const common = { 'aria-label': words.value, error };
  if (kind === 'choice' && values.some(({ value }) => value === text || text === '' || text.includes('\n'))) {
    return isOfLines(choice) ? (
      <ChoiceBoxes values={values} text={text} error={error} onChange={onChange} />
    ) : (
      <NativeSelect
        {...common}
        value={text}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
        data={[{ value: '', label: words.choose }, ...values]}
      />
    );
  }
  if (isOfLines(choice)) {
    return (
      <Textarea
        {...common}
        rows={4}
        placeholder={words.lines}
        value={text}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
    );
  }
  const local = kind === 'moment' && (text === '' ? '' : toLocalTime(text));
  if (typeof local === 'string') {
    return (
      <TextInput
        {...common}
        type="datetime-local"
        step={local.length > 16 ? 1 : 60}
        max="9999-12-31T23:59"
        value={local}
        onChange={({ currentTarget }) => onChange(fromLocalTime(currentTarget.value))}
      />
    );
  }
  const isDate = kind === 'date' && (text === '' || /^\d{4}-\d\d-\d\d$/.test(text));
  return (
    <TextInput
      {...common}
      type={isDate ? 'date' : 'text'}
      inputMode={kind === 'number' ? 'decimal' : 'text'}
      placeholder={examples[kind]}
      value={text}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

function ChoiceBoxes({ values, text, error, onChange }: Pick<Props, 'values' | 'text' | 'error' | 'onChange'>) {
  const { criteria: words } = useSpeech().say;
  const chosen = text.split('\n').filter(Boolean);
  return (
    <Checkbox.Group
      aria-label={words.value}
      error={error}
      value={chosen}
      onChange={(lines) => onChange(lines.join('\n'))}
    >
      <div className={classes.boxes}>
        {values?.map(({ value, label }) => (
          <Checkbox key={value} value={value} label={label} />
        ))}
      </div>
    </Checkbox.Group>
  );
}
