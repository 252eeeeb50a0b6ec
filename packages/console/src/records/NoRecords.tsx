import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useImportable, useSummaries } from '../catalogue/queries.ts';
import { Empty } from '../parts/Empty.tsx';
import { useSpeech } from '../say/language.tsx';
import { useMay } from '../session.ts';
import { changed, isFiltered, parseRecordsView, type View } from './view.ts';

interface Props {
  readonly organization: string;
  readonly resource: string;
  readonly view: View;
  onChange(view: View): void;
}

/** Where there is nothing to list, what to do about it. */
export function NoRecords({ organization, resource, view, onChange }: Props) {
  const { records: words, tasks, frame } = useSpeech().say;
  const mayCreate = useMay('base.bulk.management.create');
  const importable = useImportable().some(({ name }) => name === resource);
  const { operations = [] } = useSummaries().find(({ name }) => name === resource) ?? {};
  if (view.page !== undefined) {
    const back = <Button onClick={() => onChange(parseRecordsView({ ...view, page: 1 }))}>{tasks.firstPage}</Button>;
    return <Empty title={tasks.pastEnd} action={back} />;
  }
  if (isFiltered(view)) {
    const clear = (
      <Button onClick={() => onChange(changed(view, { q: undefined, criteria: undefined }))}>{words.showAll}</Button>
    );
    return (
      <Empty title={words.noMatch} action={clear}>
        {words.noMatchHelp}
      </Empty>
    );
  }
  const upload = mayCreate && importable && (
    <Button
      renderRoot={(props) => (
        <Link
          to="/o/$organization/import"
          params={{ organization }}
          search={{ action: `import-${resource}` }}
          {...props}
        />
      )}
    >
      {frame.newImport}
    </Button>
  );
  return (
    <Empty title={words.none} action={upload}>
      {operations.includes('import')
        ? words.noneHelp
        : operations.includes('patch')
          ? words.noneByPatch
          : words.noneElse}
    </Empty>
  );
}
