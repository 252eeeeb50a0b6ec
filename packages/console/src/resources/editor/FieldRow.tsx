import { ActionIcon, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconTrash } from '@tabler/icons-react';
import { memo, useId, useState } from 'react';
import type { DeclaredField } from '../../catalogue/declaration.ts';
import { useSpeech } from '../../say/language.tsx';
import classes from '../resources.module.css';
import { type FieldDraft, withConstraint, withMembers, withOption, withText, withType } from './edit.ts';
import { FieldDetails } from './FieldDetails.tsx';
import { FormatField } from './FormatField.tsx';
import { typeOf, types } from './formats.ts';
import type { Problems } from './problems.ts';

interface Props {
  readonly draft: FieldDraft;
  readonly keyed: boolean;
  readonly problems: ReturnType<Problems['fields']['get']>;
  onChange(id: number, field: DeclaredField): void;
  onKey(id: number, keyed: boolean): void;
  onRemove(id: number): void;
}

/** One field: what it is called and what it has, and behind the arrow all the rest. */
export const FieldRow = memo(function FieldRow({ draft, keyed, problems = {}, onChange, onKey, onRemove }: Props) {
  const { say, language } = useSpeech();
  const words = say.resources.field;
  const details = useId();
  const wrongInside = problems.values !== undefined;
  const [opened, setOpened] = useState(false);
  const { id, field } = draft;
  const { constraints = {}, openbulk = {} } = field;
  const change = (changed: DeclaredField) => onChange(id, changed);
  const of = (what: string) => words.of(what, field.name || draft.origin);
  const open = opened || wrongInside;
  const type = typeOf(field);
  const sized = type === 'string' || type === 'any';
  return (
    <li className={classes.field} data-wrong={Object.keys(problems).length > 0}>
      <fieldset>
        <legend className={classes.hidden}>{field.name || draft.origin}</legend>
        <div className={classes.fieldRow}>
          <Cell caption={words.name}>
            <TextInput
              aria-label={of(words.name)}
              value={field.name}
              error={problems.name}
              spellCheck={false}
              onChange={({ currentTarget }) => change({ ...field, name: currentTarget.value })}
            />
          </Cell>
          <Cell caption={words.label}>
            <TextInput
              aria-label={of(words.label)}
              value={openbulk.labels?.[language] ?? ''}
              placeholder={field.title ?? field.name}
              onChange={({ currentTarget }) =>
                change(withOption(field, 'labels', withText(openbulk.labels, language, currentTarget.value)))
              }
            />
          </Cell>
          <Cell caption={words.type}>
            <NativeSelect
              aria-label={of(words.type)}
              value={type}
              error={problems.type}
              data={types.map((each) => ({ value: each, label: words.types[each] }))}
              onChange={({ currentTarget }) => change(withType(field, currentTarget.value))}
            />
          </Cell>
          <Cell caption={words.format}>
            <FormatField field={field} label={of(words.format)} error={problems.format} onChange={change} />
          </Cell>
          <Cell caption={words.key} narrow>
            <Checkbox
              aria-label={of(words.key)}
              checked={keyed}
              onChange={({ currentTarget }) => onKey(id, currentTarget.checked)}
            />
          </Cell>
          <Cell caption={words.required} narrow>
            <Checkbox
              aria-label={of(words.required)}
              checked={keyed || constraints.required === true}
              disabled={keyed}
              onChange={({ currentTarget }) =>
                change(withConstraint(field, 'required', currentTarget.checked || undefined))
              }
            />
          </Cell>
          <Cell caption={words.maxLength}>
            {sized && (
              <TextInput
                aria-label={of(words.maxLength)}
                inputMode="numeric"
                value={String(constraints.maxLength ?? '')}
                placeholder={words.unlimited}
                error={problems.maxLength}
                onChange={({ currentTarget }) => change(withMaxLength(field, currentTarget.value))}
              />
            )}
          </Cell>
          <Cell caption={words.examples}>
            <span className={classes.examples}>{(openbulk.examples ?? []).filter(Boolean).join(' · ')}</span>
          </Cell>
          <div className={classes.fieldTools}>
            <ActionIcon
              variant="subtle"
              aria-label={of(words.more)}
              aria-expanded={open}
              aria-controls={details}
              onClick={() => setOpened(!open)}
            >
              {open ? <IconChevronDown size={18} aria-hidden /> : <IconChevronRight size={18} aria-hidden />}
            </ActionIcon>
            <ActionIcon variant="subtle" color="red" aria-label={of(words.remove)} onClick={() => onRemove(id)}>
              <IconTrash size={18} aria-hidden />
            </ActionIcon>
          </div>
        </div>
        {problems.other && (
          <p lang="en" role="alert" className={classes.wrong}>
            {problems.other}
          </p>
        )}
        <div id={details}>
          {open && (
            <FieldDetails field={field} name={field.name || draft.origin} error={problems.values} onChange={change} />
          )}
        </div>
      </fieldset>
    </li>
  );
});

interface CellProps {
  /** Shown where there is no head above. */
  readonly caption: string;
  readonly narrow?: boolean;
  readonly children: React.ReactNode;
}

function Cell({ caption, narrow = false, children }: CellProps) {
  if (children === false) return <div className={classes.none} />;
  return (
    <div className={narrow ? classes.tick : undefined}>
      <span aria-hidden className={classes.caption}>
        {caption}
      </span>
      {children}
    </div>
  );
}

function withMaxLength(field: DeclaredField, text: string): DeclaredField {
  const number = Number(text);
  const value = text.trim() === '' ? undefined : Number.isSafeInteger(number) ? number : text;
  return withMembers(withConstraint(field, 'maxLength', value), {});
}
