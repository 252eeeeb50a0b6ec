import { NativeSelect, TextInput } from '@mantine/core';
import type { DeclaredField } from '../../catalogue/declaration.ts';
import { useSpeech } from '../../say/language.tsx';
import { withMembers } from './edit.ts';
import {
  inLetters,
  numberFormatOf,
  numberFormats,
  textFormatOf,
  textFormats,
  typeOf,
  withNumberFormat,
  withTextFormat,
  wordsOf,
} from './formats.ts';

interface Props {
  readonly field: DeclaredField;
  readonly label: string;
  readonly error: string | undefined;
  onChange(field: DeclaredField): void;
}

/** How a file writes the values of a field: by its type another choice, and of some none. */
export function FormatField({ field, label, error, onChange }: Props) {
  const { say } = useSpeech();
  const words = say.resources.field;
  const common = { 'aria-label': label, error };
  switch (typeOf(field)) {
    case 'string': {
      const offered = textFormats.filter((each) => each !== 'choice' || field.constraints?.enum !== undefined);
      return (
        <NativeSelect
          {...common}
          value={textFormatOf(field)}
          data={offered.map((each) => ({ value: each, label: words.formats[each || 'plain'] }))}
          onChange={({ currentTarget }) => onChange(withTextFormat(field, currentTarget.value))}
        />
      );
    }
    case 'number':
    case 'integer': {
      const own = numberFormatOf(field);
      return (
        <NativeSelect
          {...common}
          value={own}
          data={[...new Set([own, ...numberFormats])]}
          onChange={({ currentTarget }) => onChange(withNumberFormat(field, currentTarget.value))}
        />
      );
    }
    case 'boolean': {
      const { chosen, all } = wordsOf(field);
      return (
        <NativeSelect
          {...common}
          value={chosen.value}
          data={all.map(({ value, label: name }) => ({ value, label: name }))}
          onChange={({ currentTarget }) => {
            const { trueValues, falseValues } = all.find(({ value }) => value === currentTarget.value) ?? {};
            onChange(withMembers(field, { trueValues, falseValues }));
          }}
        />
      );
    }
    case 'date':
    case 'datetime':
    case 'time':
      return (
        <TextInput
          {...common}
          value={inLetters(field.format)}
          placeholder="ISO 8601"
          spellCheck={false}
          onChange={({ currentTarget }) => onChange(withMembers(field, { format: currentTarget.value || undefined }))}
        />
      );
    case 'list':
      return (
        <TextInput
          {...common}
          value={typeof field.delimiter === 'string' ? field.delimiter : ''}
          placeholder={words.delimiter}
          onChange={({ currentTarget }) =>
            onChange(withMembers(field, { delimiter: currentTarget.value || undefined }))
          }
        />
      );
    default:
      return error === undefined ? null : <span lang="en">{error}</span>;
  }
}
