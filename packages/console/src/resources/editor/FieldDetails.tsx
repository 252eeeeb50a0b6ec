import { Checkbox, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { DeclaredField } from '../../catalogue/declaration.ts';
import { useSpeech } from '../../say/language.tsx';
import classes from '../resources.module.css';
import { withConstraint, withMembers, withOption, withText } from './edit.ts';
import { typeOf, valuesFrom } from './formats.ts';

interface Props {
  readonly field: DeclaredField;
  /** What it is called here, also while its own name is blank. */
  readonly name: string;
  /** Why its values are not accepted. */
  readonly error: string | undefined;
  onChange(field: DeclaredField): void;
}

/** What of a field is rarely changed: allowed values, examples, and what is said of it. */
export function FieldDetails({ field, name, error, onChange }: Props) {
  const { say, language } = useSpeech();
  const words = say.resources.field;
  const type = typeOf(field);
  const { openbulk = {} } = field;
  const [first = '', second = ''] = openbulk.examples ?? [];
  const withExamples = (one: string, other: string) =>
    onChange(withOption(field, 'examples', one === '' && other === '' ? undefined : [one, other]));
  const limited = type === 'string' || type === 'integer' || type === 'number' || type === 'any';
  return (
    <div className={classes.details}>
      {limited && <Values key={type} field={field} name={name} error={error} onChange={onChange} />}
      <div className={classes.pair}>
        <TextInput
          label={words.example(1)}
          aria-label={words.of(words.example(1), name)}
          value={first}
          onChange={({ currentTarget }) => withExamples(currentTarget.value, second)}
        />
        <TextInput
          label={words.example(2)}
          aria-label={words.of(words.example(2), name)}
          value={second}
          onChange={({ currentTarget }) => withExamples(first, currentTarget.value)}
        />
        <p className={classes.help}>{words.examplesHelp}</p>
      </div>
      <div className={classes.pair}>
        <TextInput
          label={words.description}
          aria-label={words.of(words.description, name)}
          value={openbulk.descriptions?.[language] ?? field.description ?? ''}
          onChange={({ currentTarget }) =>
            onChange(withOption(field, 'descriptions', withText(openbulk.descriptions, language, currentTarget.value)))
          }
        />
        <Checkbox
          mt="sm"
          label={words.shown}
          checked={openbulk.shown === true}
          onChange={({ currentTarget }) => onChange(withOption(field, 'shown', currentTarget.checked || undefined))}
        />
        {(type === 'number' || type === 'integer') && (
          <Checkbox
            mt="sm"
            label={words.units}
            checked={field.bareNumber === false}
            onChange={({ currentTarget }) =>
              onChange(withMembers(field, { bareNumber: currentTarget.checked ? false : undefined }))
            }
          />
        )}
      </div>
    </div>
  );
}

/** The values that a field may have, one a line, as they are typed: a line that is still blank is none yet. */
function Values({ field, name, error, onChange }: Props) {
  const { field: words } = useSpeech().say.resources;
  const [text, setText] = useState(() => (field.constraints?.enum ?? []).map(String).join('\n'));
  return (
    <Textarea
      label={words.values}
      description={words.valuesHelp}
      aria-label={words.of(words.values, name)}
      rows={4}
      value={text}
      error={error}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        onChange(withConstraint(field, 'enum', valuesFrom(currentTarget.value, typeOf(field))));
      }}
    />
  );
}
