import { Button } from '@mantine/core';
import { useMemo } from 'react';
import type { RecordResource } from '../../catalogue/record-resource.ts';
import { useRecordResource } from '../../catalogue/use-record-resource.ts';
import { useSpeech } from '../../say/language.tsx';
import type { Draft } from '../draft/use-draft.ts';
import type { Preview, TargetColumn } from '../file/preview.ts';
import classes from '../imports.module.css';
import { MappingRow } from './MappingRow.tsx';
import { arrange, choicesOf, isOpenName, isPlaced, type Source } from './mapping.ts';

interface Props {
  readonly organization: string;
  readonly draft: Draft;
  readonly preview: Preview;
}

/** For each column of the records, where in the file its values are: those that must be or are there first. */
export function MappingForm({ organization, draft, preview }: Props) {
  const { say, format } = useSpeech();
  const words = say.imports;
  const { columns, first, setColumns } = draft;
  const { resource } = useRecordResource(organization, draft.action.replace(/^import-/, ''));
  const [likely, others] = arrange(preview.columns, first);
  const change = (name: string, source: Source | undefined) => {
    const { [name]: _, ...rest } = columns;
    setColumns(source ? { ...rest, [name]: source } : rest);
  };
  const names = useMemo(() => choicesOf(preview), [preview]);
  // The same for every row: of a wide file there are thousands of them.
  const choices = useMemo(
    () => (
      <optgroup label={words.ofFile}>
        {names.map(({ header, name, place }, index) => (
          <option key={header} value={index}>
            {isPlaced(header, place) ? `${name || words.unnamed} ${words.placed(format.count(place))}` : header}
          </option>
        ))}
      </optgroup>
    ),
    [names, words, format],
  );
  const row = (column: TargetColumn) => (
    <MappingRow
      key={column.name}
      column={column}
      label={labelOf(column, resource)}
      preview={preview}
      columns={columns}
      names={names}
      choices={choices}
      onChange={(source) => change(column.name, source)}
    />
  );
  return (
    <>
      <p className={classes.help}>
        {draft.remembered ? words.rememberedHelp : Object.keys(first).length > 0 ? words.whichHelp : words.noneMatched}
      </p>
      {draft.remembered && (
        <Button variant="default" size="xs" className={classes.forget ?? ''} onClick={draft.forget}>
          {words.forget}
        </Button>
      )}
      <ul className={classes.mapping}>
        {likely.map(row)}
        {openColumns(preview.columns, columns).map(row)}
      </ul>
      {others.length > 0 && (
        <details className={classes.more}>
          <summary>{words.others(format.count(others.length))}</summary>
          <ul className={classes.mapping}>{others.map(row)}</ul>
        </details>
      )}
    </>
  );
}

/** What a column is called, where that says more than its name. */
function labelOf({ name }: TargetColumn, resource: RecordResource | undefined): string | undefined {
  const label = resource?.columns.find((column) => column.name === name)?.label;
  const plain = (text = '') => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  return plain(label) === plain(name.slice(name.lastIndexOf('.') + 1)) ? undefined : label;
}

/** The columns that were named for this file, of those whose names are free. */
function openColumns(targets: readonly TargetColumn[], columns: Draft['columns']): TargetColumn[] {
  return targets
    .filter(({ open }) => open)
    .flatMap((any) =>
      Object.keys(columns)
        .filter((name) => isOpenName(name, any.name))
        .map((name) => ({ ...any, name, examples: [] })),
    );
}
