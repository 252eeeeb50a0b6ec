import { Button } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import '@mantine/dropzone/styles.css';
import { IconFileSpreadsheet, IconUpload } from '@tabler/icons-react';
import { useRef } from 'react';
import { useSpeech } from '../../say/language.tsx';
import classes from '../imports.module.css';

interface Props {
  readonly file: File | undefined;
  onChoose(file: File): void;
}

/** The file: dropped, or chosen. Whether it can be read is for the server to say, which knows more formats than this page. */
export function FileField({ file, onChoose }: Props) {
  const { say, format } = useSpeech();
  const words = say.imports;
  const open = useRef<() => void>(null);
  const Icon = file ? IconFileSpreadsheet : IconUpload;
  return (
    // Whoever drops or clicks may hit all of it; by keyboard there is the button.
    <Dropzone
      multiple={false}
      activateOnKeyboard={false}
      enablePointerEvents
      openRef={open}
      onDrop={([chosen]) => chosen && onChoose(chosen)}
      className={classes.drop ?? ''}
      inputProps={{ 'aria-label': words.file }}
    >
      <div className={classes.dropped} data-chosen={file !== undefined}>
        <Icon size={file ? 28 : 36} stroke={1.25} aria-hidden />
        <p>
          <strong>{file ? file.name : words.drop}</strong>
          {file && ` (${format.bytes(file.size)})`}
        </p>
        {!file && <p className={classes.help}>{words.dropHelp}</p>}
        <Button
          variant={file ? 'default' : 'filled'}
          onClick={(event) => {
            event.stopPropagation();
            open.current?.();
          }}
        >
          {file ? words.other : words.choose}
        </Button>
      </div>
    </Dropzone>
  );
}
