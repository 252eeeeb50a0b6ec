import { NativeSelect } from '@mantine/core';
import { useSpeech } from '../../say/language.tsx';
import classes from '../imports.module.css';
import { encodings } from './encodings.ts';

interface Props {
  /** `''` for it to be found out. */
  readonly value: string;
  onChange(encoding: string): void;
}

/** The encoding of the file, for people who see wrong characters. */
export function EncodingField({ value, onChange }: Props) {
  const { imports: words } = useSpeech().say;
  return (
    <NativeSelect
      className={classes.encoding ?? ''}
      label={words.encoding}
      description={words.encodingHelp}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      data={[
        { value: '', label: words.foundOut },
        ...encodings.map((encoding) => ({ value: encoding, label: words.encodings[encoding] })),
      ]}
    />
  );
}
