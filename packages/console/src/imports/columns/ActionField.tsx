import { NativeSelect, Radio } from '@mantine/core';
import { labelOf } from '../../catalogue/declaration.ts';
import { type Summary, useImportable, useReadable } from '../../catalogue/queries.ts';
import { useSpeech } from '../../say/language.tsx';
import classes from '../imports.module.css';

/** Resources that are shown as buttons; more are a list to choose from. */
const FEW = 8;

interface Props {
  readonly organization: string;
  readonly value: string;
  onChange(action: string): void;
}

/** What each row of the file contains. */
export function ActionField({ organization, value, onChange }: Props) {
  const { say, language } = useSpeech();
  const words = say.imports;
  const importable = useImportable();
  // The sample is for who can list the records.
  const sampled = useReadable().find(({ name }) => value === `import-${name}`);
  const options = importable.map((resource) => ({
    value: `import-${resource.name}`,
    label: nameOf(resource, language),
  }));
  return (
    <>
      {options.length <= FEW ? (
        <Radio.Group aria-label={words.what} value={value} onChange={onChange}>
          <div className={classes.choices}>
            {options.map((option) => (
              <Radio key={option.value} {...option} />
            ))}
          </div>
        </Radio.Group>
      ) : (
        <NativeSelect
          aria-label={words.what}
          className={classes.encoding ?? ''}
          value={value}
          data={options}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )}
      {sampled && (
        <p className={classes.help}>
          <a href={sampleAddress(organization, sampled.name)} download>
            {words.sample}
          </a>
        </p>
      )}
    </>
  );
}

/** What one record is called, where the declaration says it. */
function nameOf(resource: Summary, language: string): string {
  return labelOf({ labels: resource.recordLabels }, labelOf(resource, resource.name, language), language);
}

/** @param organization its slug */
function sampleAddress(organization: string, resource: string): string {
  return `/v1/organizations/${encodeURIComponent(organization)}/resources/${encodeURIComponent(resource)}/csv/sample`;
}
