import { Radio } from '@mantine/core';
import { useSpeech } from '../../say/language.tsx';
import classes from '../imports.module.css';
import { type ImportAction, importActions, sampleAddress } from '../resources.ts';

interface Props {
  readonly organization: string;
  readonly value: ImportAction;
  onChange(action: ImportAction): void;
}

/** What each row of the file contains. */
export function ActionField({ organization, value, onChange }: Props) {
  const { imports: words } = useSpeech().say;
  return (
    <>
      <Radio.Group
        aria-label={words.what}
        value={value}
        onChange={(chosen) => onChange(importActions.find((each) => each === chosen) ?? value)}
      >
        <div className={classes.choices}>
          {importActions.map((action) => (
            <Radio key={action} value={action} label={words.resources[action]} />
          ))}
        </div>
      </Radio.Group>
      <p className={classes.help}>
        <a href={sampleAddress(value, organization)} download>
          {words.sample}
        </a>
      </p>
    </>
  );
}
