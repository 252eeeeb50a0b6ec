import { Button } from '@mantine/core';
import type { Problem } from '@openbulk/client';
import { useState } from 'react';
import type { RecordResource } from '../catalogue/record-resource.ts';
import { CriteriaEditor } from '../criteria/CriteriaEditor.tsx';
import { readCriteria } from '../criteria/criteria.ts';
import { criteriaOf, draftOf, everything, isEverything } from '../criteria/draft.ts';
import { gapsIn } from '../criteria/form.ts';
import { useSpeech } from '../say/language.tsx';
import classes from './records.module.css';

interface Props {
  readonly resource: RecordResource;
  /** The current filter, as JSON. */
  readonly criteria: string | undefined;
  readonly problems: readonly Problem[];
  /** @param criteria JSON; nothing to filter by nothing */
  onChange(criteria: string | undefined): void;
}

/** By what the list is filtered, which only takes effect when it is applied. */
export function FilterPanel({ resource, criteria, problems, onChange }: Props) {
  const { say } = useSpeech();
  const [draft, setDraft] = useState(() => startOf(criteria, resource));
  const [edited, setEdited] = useState(false);
  const [gaps, setGaps] = useState<readonly Problem[]>([]);
  const apply = () => {
    const missing = gapsIn(draft.form).map((field) => ({ field, message: say.criteria.gap }));
    setGaps(missing);
    if (missing.length > 0 || draft.fault) return;
    setEdited(false);
    onChange(isEverything(draft) ? undefined : JSON.stringify(criteriaOf(draft, resource)));
  };
  const shown = edited ? gaps : problems.map(({ field, message }) => ({ field, message }));
  return (
    <details className={classes.filter} open={problems.length > 0 || undefined}>
      <summary>{criteria === undefined ? say.records.filter : say.records.filtered}</summary>
      <form
        noValidate
        className={classes.filterBody}
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <CriteriaEditor
          resource={resource}
          draft={draft}
          problems={shown}
          onChange={(changed) => {
            setEdited(true);
            setGaps([]);
            setDraft(changed);
          }}
        />
        <div className={classes.filterButtons}>
          <Button type="submit" disabled={draft.fault !== undefined}>
            {say.records.apply}
          </Button>
          {criteria !== undefined && (
            <Button variant="subtle" onClick={() => onChange(undefined)}>
              {say.records.clear}
            </Button>
          )}
        </div>
      </form>
    </details>
  );
}

function startOf(criteria: string | undefined, resource: RecordResource) {
  if (criteria === undefined) return everything;
  const read = readCriteria(criteria);
  return 'fault' in read ? { ...everything, json: criteria, fault: read.fault } : draftOf(read.criteria, resource);
}
