import '@mantine/dropzone/styles.css';
import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Empty } from '../parts/Empty.tsx';
import parts from '../parts/parts.module.css';
import { usePageTitle } from '../parts/use-page-title.ts';
import { useSpeech } from '../say/language.tsx';
import { useMay } from '../session.ts';
import { ColumnsForm } from './ColumnsForm.tsx';
import { FileField } from './FileField.tsx';
import classes from './imports.module.css';
import { contradictory, type Draft, emptyDraft } from './order.ts';
import { importActions, sampleAddress } from './resources.ts';
import { UploadStatus } from './UploadStatus.tsx';
import { useUpload } from './use-upload.ts';

/** From a file to a task. */
export function NewImport() {
  const { failure } = useSpeech().say;
  const { organization } = useParams({ from: '/o/$organization/import' });
  const may = useMay('base.bulk.management.create');
  if (!may)
    return (
      <Empty heading="h1" title={failure.forbidden}>
        {failure.forbiddenHelp}
      </Empty>
    );
  return <ImportForm organization={organization} />;
}

function ImportForm({ organization }: { readonly organization: string }) {
  const { say } = useSpeech();
  const words = say.imports;
  const navigate = useNavigate();
  const [draft, setDraft] = useState(emptyDraft);
  const [noFile, setNoFile] = useState(false);
  const upload = useUpload(organization, ({ id }) =>
    navigate({ to: '/o/$organization/tasks/$task', params: { organization, task: id } }),
  );
  usePageTitle(words.title);
  const change = (changed: Partial<Draft>) => setDraft((before) => ({ ...before, ...changed }));
  const submit = () => {
    setNoFile(!draft.file);
    if (draft.file && contradictory(draft).length === 0) upload.start(draft);
  };
  return (
    <>
      <div className={parts.head}>
        <h1>{words.title}</h1>
      </div>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <fieldset className={classes.fields} disabled={upload.sending}>
          <section className={parts.card}>
            <h2>{words.file}</h2>
            <FileField file={draft.file} missing={noFile && !draft.file} onChoose={(file) => change({ file })} />
          </section>
          <section className={parts.card}>
            <h2>{words.what}</h2>
            <NativeSelect
              aria-label={words.what}
              value={draft.action}
              onChange={({ currentTarget }) => change({ action: currentTarget.value as Draft['action'], columns: {} })}
              data={importActions.map((action) => ({ value: action, label: say.actions[action] }))}
            />
            <p className={classes.help}>
              <a href={sampleAddress(draft.action, organization)} download>
                {words.sample}
              </a>
            </p>
            <ColumnsForm
              organization={organization}
              action={draft.action}
              columns={draft.columns}
              onChange={(columns) => change({ columns })}
            />
          </section>
          <section className={parts.card}>
            <h2>{words.options}</h2>
            <div className={classes.options}>
              <Checkbox
                label={words.override}
                description={words.overrideHelp}
                checked={draft.override}
                onChange={({ currentTarget }) => change({ override: currentTarget.checked })}
              />
              <TextInput
                label={words.dateFormat}
                description={words.dateFormatHelp}
                value={draft.dateFormat}
                onChange={({ currentTarget }) => change({ dateFormat: currentTarget.value })}
              />
              <TextInput
                label={words.encoding}
                description={words.encodingHelp}
                value={draft.encoding}
                onChange={({ currentTarget }) => change({ encoding: currentTarget.value })}
              />
            </div>
          </section>
        </fieldset>
        <UploadStatus upload={upload} />
        {!upload.sending && (
          <Button type="submit" size="md" className={classes.submit ?? ''}>
            {words.start}
          </Button>
        )}
      </form>
    </>
  );
}
