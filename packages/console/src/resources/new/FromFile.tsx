import { Button } from '@mantine/core';
import { OpenBulkError } from '@openbulk/client';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { beginImport } from '../../imports/draft/unsubmitted.ts';
import { FileField } from '../../imports/file/FileField.tsx';
import { FileChanged } from '../../imports/file/local-file.ts';
import { Said } from '../../parts/Failure.tsx';
import { Loading } from '../../parts/Loading.tsx';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import { keepFile, keptFile, useResourceDraft } from '../drafts.ts';
import { Desk } from '../editor/Desk.tsx';
import { draftOf, labelled, type ResourceDraft } from '../editor/edit.ts';
import { inferFile, type Plan } from '../queries.ts';
import classes from '../resources.module.css';

/** A file is dropped, its fields are corrected, the resource is created, and the same file is imported into it. */
export function FromFile({ organization }: { readonly organization: string }) {
  const { say, language } = useSpeech();
  const words = say.resources;
  const navigate = useNavigate();
  const mayImport = useMay('base.bulk.management.create');
  const [draft, setDraft] = useResourceDraft(organization, 'file');
  const [file, setFile] = useState(() => keptFile(organization));
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (chosen: File) => inferFile(organization, chosen),
    onSuccess: (made, { name, size }) => setDraft(labelled(draftOf(made, { kind: 'file', name, size }), language)),
  });
  const choose = (chosen: File) => {
    keepFile(organization, chosen);
    setFile(chosen);
    // The same file again, after the page was loaded again: what was corrected stays.
    if (draft && isOf(draft, chosen) && file === undefined) return reset();
    setDraft(undefined);
    if (chosen.size > 0) mutate(chosen);
  };
  // One that comes from an import is looked at at once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is opened
  useEffect(() => {
    if (file && file.size > 0 && !(draft && isOf(draft, file))) mutate(file);
  }, []);
  const discard = () => {
    keepFile(organization, undefined);
    setFile(undefined);
    setDraft(undefined);
    reset();
  };
  const applied = ({ name }: Plan) => {
    setDraft(undefined);
    keepFile(organization, undefined);
    if (file && mayImport) {
      beginImport(organization, `import-${name}`, file);
      navigate({ to: '/o/$organization/import', params: { organization }, search: { step: 'columns' } });
    } else navigate({ to: '/o/$organization/resources/$resource', params: { organization, resource: name } });
  };
  return (
    <>
      <section className={parts.card}>
        <h2>{words.file}</h2>
        <FileField file={file} onChoose={choose} />
        {draft && !file && <p className={classes.odd}>{words.chooseAgain(draft.source.name)}</p>}
        {draft && (
          <Button variant="subtle" size="xs" mt="sm" onClick={discard}>
            {words.discard}
          </Button>
        )}
      </section>
      {file?.size === 0 && <Refused title={say.imports.empty}>{say.imports.emptyHelp}</Refused>}
      {isPending && <Loading />}
      {error && <Unreadable error={error} onRetry={() => file && mutate(file)} />}
      {draft && !isPending && !error && (
        <Desk
          organization={organization}
          draft={draft}
          apply={file && mayImport ? words.createAndImport : words.create}
          onChange={setDraft}
          onApplied={applied}
        />
      )}
    </>
  );
}

/** Whether a draft was made of that file, as far as a browser can tell after the page was loaded again. */
function isOf({ source }: ResourceDraft, { name, size }: File): boolean {
  return source.kind === 'file' && source.name === name && source.size === size;
}

function Unreadable({ error, onRetry }: { readonly error: Error; onRetry(): void }) {
  const { say } = useSpeech();
  if (error instanceof FileChanged) return <Refused title={say.imports.changed}>{say.imports.changedHelp}</Refused>;
  const refused = error instanceof OpenBulkError && error.code === 'bad_request';
  return (
    <section className={classes.refused} role="alert">
      <h2>{refused ? say.imports.noTable : say.failure.title}</h2>
      {refused ? (
        <>
          <p lang="en">{error.problems.map(({ message }) => message).join(' ') || error.message}</p>
          <p>{say.imports.noTableHelp}</p>
        </>
      ) : (
        <>
          <Said error={error} />
          <Button variant="default" onClick={onRetry}>
            {say.retry}
          </Button>
        </>
      )}
    </section>
  );
}

function Refused({ title, children }: { readonly title: string; readonly children: string }) {
  return (
    <section className={classes.refused} role="alert">
      <h2>{title}</h2>
      <p>{children}</p>
    </section>
  );
}
