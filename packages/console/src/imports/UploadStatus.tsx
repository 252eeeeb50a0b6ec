import { Button, Progress } from '@mantine/core';
import { Said } from '../parts/Failure.tsx';
import parts from '../parts/parts.module.css';
import { useSpeech } from '../say/language.tsx';
import classes from './imports.module.css';
import type { Upload } from './use-upload.ts';

/** How far the upload is, or why there is none. */
export function UploadStatus({ upload }: { readonly upload: Upload }) {
  const { say, format } = useSpeech();
  const { sending, progress, error, stopped, stop } = upload;
  const words = say.imports;
  if (sending) {
    const { sentBytes = 0, totalBytes = 0 } = progress ?? {};
    return (
      <section className={parts.card}>
        <Progress.Root size="lg">
          <Progress.Section value={totalBytes > 0 ? (100 * sentBytes) / totalBytes : 0} aria-label={words.file} />
        </Progress.Root>
        <div className={classes.sending}>
          <span>{words.sending(format.bytes(sentBytes), format.bytes(totalBytes))}</span>
          <Button variant="default" onClick={stop}>
            {words.stop}
          </Button>
        </div>
      </section>
    );
  }
  if (!error) return null;
  return (
    <section className={classes.refused} role="alert">
      {stopped ? (
        <p>{words.stopped}</p>
      ) : (
        <>
          <h2>{words.failed}</h2>
          <Said error={error} />
        </>
      )}
    </section>
  );
}
