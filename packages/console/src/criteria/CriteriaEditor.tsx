import { Tabs, Textarea } from '@mantine/core';
import type { Problem } from '@openbulk/client';
import { useState } from 'react';
import type { RecordResource } from '../catalogue/record-resource.ts';
import { useSpeech } from '../say/language.tsx';
import classes from './criteria.module.css';
import type { Fault } from './criteria.ts';
import { type CriteriaDraft, jsonOf, typed } from './draft.ts';
import type { FormPart } from './form.ts';
import { GroupFields } from './GroupFields.tsx';

interface Props {
  readonly resource: RecordResource;
  readonly draft: CriteriaDraft;
  /** What is wrong with it, by paths such as `criteria.all[1].value`. */
  readonly problems: readonly Problem[];
  onChange(draft: CriteriaDraft): void;
}

/** Which records are meant: by form or as JSON, which are two views of the same. */
export function CriteriaEditor({ resource, draft, problems, onChange }: Props) {
  const { criteria: words } = useSpeech().say;
  const [tab, setTab] = useState<string | null>('form');
  const { form, fault } = draft;
  return (
    <Tabs value={tab} onChange={setTab} keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="form" disabled={fault !== undefined}>
          {words.form}
        </Tabs.Tab>
        <Tabs.Tab value="json">{words.json}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="form" pt="md">
        <GroupFields
          resource={resource}
          group={asGroup(form)}
          path="criteria"
          problems={form.kind === 'group' ? problems : unwrapped(problems)}
          onChange={(changed) => onChange({ form: form.kind === 'group' ? changed : unwrap(changed) })}
        />
      </Tabs.Panel>
      <Tabs.Panel value="json" pt="md">
        <Textarea
          label={words.jsonLabel}
          description={words.jsonHelp}
          rows={12}
          spellCheck={false}
          classNames={{ input: classes.json ?? '' }}
          value={jsonOf(draft, resource)}
          error={(fault || problems.length > 0) && <JsonProblems fault={fault} problems={problems} />}
          errorProps={{ component: 'div' }}
          onChange={({ currentTarget }) => onChange(typed(draft, currentTarget.value, resource))}
        />
      </Tabs.Panel>
    </Tabs>
  );
}

/** A single condition is a group of one, as long as nothing is added to it. */
function asGroup(form: FormPart) {
  return form.kind === 'group' ? form : ({ kind: 'group', match: 'all', parts: [form] } as const);
}

function unwrap(group: ReturnType<typeof asGroup>): FormPart {
  const [only] = group.parts;
  return only && group.parts.length === 1 && group.match === 'all' ? only : group;
}

function unwrapped(problems: readonly Problem[]): Problem[] {
  return problems.map(({ field, message }) => ({ field: field.replace(/^criteria/, 'criteria.all[0]'), message }));
}

interface JsonProps {
  readonly fault: Fault | undefined;
  readonly problems: readonly Problem[];
}

function JsonProblems({ fault, problems }: JsonProps) {
  const { criteria: words } = useSpeech().say;
  return (
    <div role="alert" className={classes.problems}>
      {fault && <p>{faultText(fault, words)}</p>}
      {!fault &&
        problems.map(({ field, message }) => (
          <p key={`${field} ${message}`}>
            <code>{field}</code> {message}
          </p>
        ))}
    </div>
  );
}

function faultText(
  { kind, path, place, member }: Fault,
  words: ReturnType<typeof useSpeech>['say']['criteria'],
): string {
  if (place) return words.noJsonAt(String(place.line), String(place.column));
  return `${path}: ${words.faults[kind](member ?? '')}`;
}
