import { Button, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useCallback, useRef, useState } from 'react';
import type { DeclaredField } from '../../catalogue/declaration.ts';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import classes from '../resources.module.css';
import {
  type ResourceDraft,
  takenBack,
  withField,
  withKey,
  withNewField,
  withOptions,
  withoutField,
  withText,
} from './edit.ts';
import { FieldRow } from './FieldRow.tsx';
import type { Problems } from './problems.ts';

/** Fields that are shown at once: each is several inputs. */
const SHOWN = 50;

interface Props {
  readonly draft: ResourceDraft;
  readonly problems: Problems;
  onChange(draft: ResourceDraft): void;
}

/** What a resource is called, and its fields, as a table in which everything can be corrected. */
export function Editor({ draft, problems, onChange }: Props) {
  const { say, language, format } = useSpeech();
  const words = say.resources;
  const [shown, setShown] = useState(SHOWN);
  // Rows are drawn again only when they change: what they call stays the same.
  const now = useRef({ draft, onChange });
  now.current = { draft, onChange };
  const change = useCallback(
    (id: number, field: DeclaredField) => now.current.onChange(withField(now.current.draft, id, field)),
    [],
  );
  const setKey = useCallback(
    (id: number, keyed: boolean) => now.current.onChange(withKey(now.current.draft, id, keyed)),
    [],
  );
  const remove = useCallback((id: number) => now.current.onChange(withoutField(now.current.draft, id)), []);
  const { openbulk = {} } = draft.declaration;
  const { name = '', labels, recordLabels } = openbulk;
  const wrong = [...problems.fields.keys()];
  const visible = draft.fields.filter(({ id }, index) => index < shown || wrong.includes(id));
  const captions = ['name', 'label', 'type', 'format', 'key', 'required', 'maxLength', 'examples'] as const;
  return (
    <>
      <section className={parts.card}>
        <h2>{words.naming}</h2>
        <div className={classes.naming}>
          <TextInput
            label={words.name}
            description={draft.source.kind === 'resource' ? words.nameStays : words.nameHelp}
            value={name}
            disabled={draft.source.kind === 'resource'}
            error={problems.name.join(' ') || undefined}
            spellCheck={false}
            onChange={({ currentTarget }) => onChange(withOptions(draft, { name: currentTarget.value }))}
          />
          <TextInput
            label={words.label}
            description={words.labelHelp}
            value={labels?.[language] ?? ''}
            onChange={({ currentTarget }) =>
              onChange(withOptions(draft, { labels: withText(labels, language, currentTarget.value) }))
            }
          />
          <TextInput
            label={words.recordLabel}
            description={words.recordLabelHelp}
            value={recordLabels?.[language] ?? ''}
            onChange={({ currentTarget }) =>
              onChange(withOptions(draft, { recordLabels: withText(recordLabels, language, currentTarget.value) }))
            }
          />
        </div>
      </section>
      <section className={parts.card}>
        <h2>{words.fields}</h2>
        <p className={classes.help}>{words.fieldsHelp}</p>
        {problems.key.length > 0 && (
          <p role="alert" className={classes.wrong}>
            {problems.key.join(' ')}
          </p>
        )}
        <div className={classes.fieldHead} aria-hidden>
          {captions.map((caption) => (
            <span key={caption}>{words.field[caption]}</span>
          ))}
        </div>
        <ul className={classes.fields}>
          {visible.map((each) => (
            <FieldRow
              key={each.id}
              draft={each}
              keyed={draft.key.includes(each.id)}
              problems={problems.fields.get(each.id)}
              onChange={change}
              onKey={setKey}
              onRemove={remove}
            />
          ))}
        </ul>
        <div className={classes.buttons}>
          {visible.length < draft.fields.length && (
            <Button variant="default" size="xs" onClick={() => setShown(shown + SHOWN)}>
              {words.moreFields(format.count(draft.fields.length - visible.length))}
            </Button>
          )}
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => {
              setShown(Number.POSITIVE_INFINITY);
              onChange(withNewField(draft));
            }}
          >
            {words.addField}
          </Button>
        </div>
        {draft.removed.length > 0 && (
          <div className={classes.removed}>
            <p>{words.removed}</p>
            <ul>
              {draft.removed.map(({ id, origin, field }) => (
                <li key={id}>
                  {origin || field.name}{' '}
                  <Button variant="subtle" size="compact-xs" onClick={() => onChange(takenBack(draft, id))}>
                    {words.takeBack(origin || field.name)}
                  </Button>
                </li>
              ))}
            </ul>
          </div>
        )}
      </section>
    </>
  );
}
