import { Dropzone } from '@mantine/dropzone';
import { IconFileSpreadsheet, IconUpload } from '@tabler/icons-react';
import { useSpeech } from '../say/language.tsx';
import classes from './imports.module.css';

interface Props {
  readonly file: File | undefined;
  /** It was asked for and is not there. */
  readonly missing: boolean;
  onChoose(file: File): void;
}

/** The file: dropped, or chosen. Whether it can be read is for the server to say, which knows more formats than this page. */
export function FileField({ file, missing, onChoose }: Props) {
  const { say, format } = useSpeech();
  const words = say.imports;
  return (
    <>
      <Dropzone
        multiple={false}
        onDrop={([chosen]) => chosen && onChoose(chosen)}
        className={classes.drop ?? ''}
        aria-label={file ? `${file.name}. ${words.other}` : words.drop}
        inputProps={{ 'aria-label': words.file }}
      >
        <div className={classes.dropped}>
          {file ? (
            <IconFileSpreadsheet size={36} stroke={1.25} aria-hidden />
          ) : (
            <IconUpload size={36} stroke={1.25} aria-hidden />
          )}
          {file ? (
            <p>
              <strong>{file.name}</strong> ({format.bytes(file.size)})
            </p>
          ) : (
            <p>
              <strong>{words.drop}</strong>
            </p>
          )}
          <p className={classes.help}>{file ? words.other : words.dropHelp}</p>
        </div>
      </Dropzone>
      {missing && (
        <p className={classes.wrong} role="alert">
          {words.noFile}
        </p>
      )}
    </>
  );
}
