import { Button } from '@mantine/core';
import { Loading } from '../../parts/Loading.tsx';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import type { Draft } from '../draft/use-draft.ts';
import classes from '../imports.module.css';
import { FileField } from './FileField.tsx';
import { NoneFits } from './NoneFits.tsx';
import { PreviewTable } from './PreviewTable.tsx';
import { ReadAs } from './ReadAs.tsx';
import { UnreadableFile } from './UnreadableFile.tsx';
import { isReadable, MOST_COLUMNS } from './wide.ts';

interface Props {
  readonly organization: string;
  readonly draft: Draft;
  onNext(): void;
}

/** A file is chosen, and looked at. */
export function FileStep({ organization, draft, onNext }: Props) {
  const { say, format } = useSpeech();
  const words = say.imports;
  const { picked, preview, error, reading } = draft;
  const readable = preview && !error;
  const wide = readable && !isReadable(preview);
  return (
    <div className={classes.stack}>
      <section className={parts.card}>
        <h2>{words.steps.file}</h2>
        <FileField file={picked?.file} onChoose={draft.pick} />
      </section>
      {picked && (error || picked.file.size === 0) && <UnreadableFile draft={draft} />}
      {picked && reading && !preview && <Loading />}
      {wide && (
        <section className={classes.refused} role="alert">
          <h2>{words.wide(format.count(preview.header.length))}</h2>
          <p>{words.wideHelp(format.count(MOST_COLUMNS))}</p>
        </section>
      )}
      {readable && !wide && (
        <section className={parts.card} aria-busy={reading}>
          <h2>{words.rows}</h2>
          {preview.fits.length === 0 && !preview.report && <NoneFits organization={organization} draft={draft} />}
          <ReadAs organization={organization} draft={draft} preview={preview} />
          <PreviewTable preview={preview} />
        </section>
      )}
      {readable && !wide && (
        <div className={classes.buttons}>
          <Button size="md" onClick={onNext}>
            {words.toColumns}
          </Button>
        </div>
      )}
    </div>
  );
}
