import { Button, Progress } from '@mantine/core';
import { Said } from '../../parts/Failure.tsx';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { FileChanged } from '../file/local-file.ts';
import classes from '../imports.module.css';
import { StepHeading } from '../StepHeading.tsx';
import type { UploadState } from './use-upload.ts';

/** How far the upload is. */
export function UploadProgress({ upload }: { readonly upload: UploadState }) {
  const { say, format } = useSpeech();
  const { progress, stop } = upload;
  const words = say.imports;
  const { sentBytes = 0, totalBytes = 0 } = progress ?? {};
  return (
    <section className={parts.card}>
      <StepHeading>{words.uploading}</StepHeading>
      <Progress.Root size="lg">
        <Progress.Section value={totalBytes > 0 ? (100 * sentBytes) / totalBytes : 0} aria-label={words.uploading} />
      </Progress.Root>
      <div className={classes.sending}>
        <span>{progress ? words.sending(format.bytes(sentBytes), format.bytes(totalBytes)) : say.loading}</span>
        <Button variant="default" onClick={stop}>
          {words.stop}
        </Button>
      </div>
    </section>
  );
}

interface RefusalProps {
  readonly upload: UploadState;
  onAgain(): void;
  onFile(): void;
  onColumns(): void;
}

/** Why the file was not taken, and the ways on. */
export function UploadRefused({ upload, onAgain, onFile, onColumns }: RefusalProps) {
  const { say } = useSpeech();
  const words = say.imports;
  const { error, stopped } = upload;
  const changed = error instanceof FileChanged;
  return (
    <section className={classes.refused}>
      <StepHeading>{stopped ? words.stopped : changed ? words.changed : words.failed}</StepHeading>
      <div role="alert">
        {stopped ? <p>{words.stoppedHelp}</p> : changed ? <p>{words.changedHelp}</p> : <Said error={error} />}
      </div>
      <div className={classes.buttons}>
        {changed ? <Button onClick={onFile}>{words.other}</Button> : <Button onClick={onAgain}>{say.retry}</Button>}
        {!changed && (
          <Button variant="default" onClick={onColumns}>
            {words.toColumnsBack}
          </Button>
        )}
      </div>
    </section>
  );
}
