import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useSpeech } from '../../say/language.tsx';
import type { Draft } from '../draft/use-draft.ts';
import type { Preview } from '../file/preview.ts';
import classes from '../imports.module.css';

interface Props {
  readonly draft: Draft;
  readonly preview: Preview;
}

/** How numbers are written in most files that do not write them as 1234.56. */
const NUMBER_FORMATS = ['1.234,56', '1,234.56', '1 234,56', "1'234.56", '1234,56'];

/** How the file writes numbers, column by column, and that there is no value, and whether its rows may end early. */
export function Values({ draft, preview }: Props) {
  const { say, format } = useSpeech();
  const words = say.imports;
  const { shortRows = 0 } = preview;
  return (
    <div className={classes.stack}>
      {draft.numbers.map(({ target, found, format: chosen }) => (
        <NativeSelect
          key={target}
          label={words.numbersOf(target)}
          value={chosen}
          onChange={({ currentTarget }) => draft.setNumberFormat(target, currentTarget.value)}
        >
          <option value="">1234.56</option>
          {[...new Set([...(found === '' ? [] : [found]), ...NUMBER_FORMATS])].map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </NativeSelect>
      ))}
      <TextInput
        label={words.missingValues}
        description={words.missingValuesHelp}
        value={draft.missing}
        onChange={({ currentTarget }) => draft.setMissing(currentTarget.value)}
      />
      {draft.shortRows !== undefined && (
        <Checkbox
          label={words.allowShortRows}
          description={words.shortRows(format.count(shortRows), shortRows === 1)}
          checked={draft.shortRows}
          onChange={({ currentTarget }) => draft.setShortRows(currentTarget.checked)}
        />
      )}
    </div>
  );
}
