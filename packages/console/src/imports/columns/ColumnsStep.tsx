import { Button, Checkbox, Radio } from '@mantine/core';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import type { Draft } from '../draft/use-draft.ts';
import type { Preview } from '../file/preview.ts';
import { ToNewResource } from '../file/ToNewResource.tsx';
import classes from '../imports.module.css';
import { StepHeading } from '../StepHeading.tsx';
import { ActionField } from './ActionField.tsx';
import { Clearing } from './Clearing.tsx';
import { DateField } from './dates/DateField.tsx';
import { MappingForm } from './MappingForm.tsx';
import { isReady, problemsOf } from './mapping.ts';
import { ProblemList } from './ProblemList.tsx';
import { UnusedColumns } from './UnusedColumns.tsx';
import { Values } from './Values.tsx';

interface Props {
  readonly organization: string;
  readonly draft: Draft;
  readonly preview: Preview;
  onCheck(): void;
  onRun(): void;
  onBack(): void;
}

/** What the file holds, and which of its columns is which of the records'. */
export function ColumnsStep({ organization, draft, preview, onCheck, onRun, onBack }: Props) {
  const { say } = useSpeech();
  const words = say.imports;
  const problems = problemsOf(preview, draft.columns);
  const noDates = draft.dates?.example !== undefined && draft.dateFormat === undefined;
  const ready = isReady(problems) && !noDates && !draft.stale;
  return (
    <div className={classes.stack}>
      <section className={parts.card}>
        <StepHeading>{words.what}</StepHeading>
        <ActionField organization={organization} value={draft.action} onChange={draft.setAction} />
        <ToNewResource organization={organization} file={draft.picked?.file} />
      </section>
      <section className={parts.card} aria-busy={draft.stale}>
        <h2>{words.which}</h2>
        <MappingForm organization={organization} draft={draft} preview={preview} />
        <UnusedColumns draft={draft} preview={preview} />
      </section>
      {draft.dates?.example !== undefined && (
        <section className={parts.card}>
          <h2>{words.dates}</h2>
          <DateField dates={draft.dates} value={draft.dateFormat} onChange={draft.setDateFormat} />
        </section>
      )}
      <section className={parts.card}>
        <h2>{words.values}</h2>
        <Values draft={draft} preview={preview} />
      </section>
      <section className={parts.card}>
        <h2>{words.known}</h2>
        <Radio.Group
          aria-label={words.known}
          value={String(draft.override)}
          onChange={(value) => draft.setOverride(value === 'true')}
        >
          <div className={classes.choices}>
            <Radio value="false" label={words.knownLeave} />
            <Radio value="true" label={words.knownOverwrite} />
          </div>
        </Radio.Group>
        {draft.override && (
          <Checkbox
            mt="md"
            label={words.keepBlanks}
            checked={draft.keepBlanks}
            onChange={({ currentTarget }) => draft.setKeepBlanks(currentTarget.checked)}
          />
        )}
        {draft.override && !draft.keepBlanks && <Clearing draft={draft} preview={preview} />}
      </section>
      <ProblemList problems={problems} noDates={noDates} />
      <div className={classes.buttons}>
        <Button size="md" disabled={!ready} onClick={onCheck}>
          {words.toCheck}
        </Button>
        <Button size="md" variant="default" disabled={!ready} onClick={onRun}>
          {words.runUnchecked}
        </Button>
        <Button size="md" variant="subtle" onClick={onBack}>
          {say.back}
        </Button>
      </div>
      <p className={classes.help}>{words.toCheckHelp}</p>
    </div>
  );
}
