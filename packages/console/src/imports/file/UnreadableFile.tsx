import { Button } from '@mantine/core';
import { OpenBulkError } from '@openbulk/client';
import { Said } from '../../parts/Failure.tsx';
import { useSpeech } from '../../say/language.tsx';
import type { Draft } from '../draft/use-draft.ts';
import classes from '../imports.module.css';
import { EncodingField } from './EncodingField.tsx';
import { FileChanged } from './local-file.ts';

/** Why a file cannot be shown, and what to do about it. */
export function UnreadableFile({ draft }: { readonly draft: Draft }) {
  const { say } = useSpeech();
  const words = say.imports;
  const { picked, error, encoding, setEncoding } = draft;
  const refused = error instanceof OpenBulkError && error.code === 'bad_request';
  if (picked?.file.size === 0) return <Refusal title={words.empty}>{words.emptyHelp}</Refusal>;
  if (error instanceof FileChanged) return <Refusal title={words.changed}>{words.changedHelp}</Refusal>;
  return (
    <section className={classes.refused} role="alert">
      <h2>{refused ? words.noTable : say.failure.title}</h2>
      {refused ? <p lang="en">{reasonOf(error)}</p> : <Said error={error} />}
      {refused ? (
        <>
          <p>{words.noTableHelp}</p>
          {encoding !== '' && <EncodingField value={encoding} onChange={setEncoding} />}
        </>
      ) : (
        <Button variant="default" onClick={() => draft.retry()}>
          {say.retry}
        </Button>
      )}
    </section>
  );
}

function Refusal({ title, children }: { readonly title: string; readonly children: string }) {
  return (
    <section className={classes.refused} role="alert">
      <h2>{title}</h2>
      <p>{children}</p>
    </section>
  );
}

/** What the server says of the file: its sentence about that is there once more as that of the request. */
function reasonOf({ message, problems }: OpenBulkError): string {
  return problems.map(({ message: problem }) => problem).join(' ') || message;
}
