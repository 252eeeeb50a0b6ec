import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Empty } from '../../parts/Empty.tsx';
import { Failure } from '../../parts/Failure.tsx';
import { Loading } from '../../parts/Loading.tsx';
import { rememberView } from '../../parts/last-view.ts';
import parts from '../../parts/parts.module.css';
import { usePageTitle } from '../../parts/use-page-title.ts';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import { listQuery } from '../queries.ts';
import { FilterBar } from './FilterBar.tsx';
import { type Filters, isFiltered, parseFilters } from './filters.ts';
import { Pager } from './Pager.tsx';
import { TaskTable } from './TaskTable.tsx';

const PATH = '/o/$organization/tasks';

/** The tasks of an organization, as they go on. What is shown is in the address. */
export function TaskList() {
  const { say, format } = useSpeech();
  const { organization } = useParams({ from: PATH });
  const filters = useSearch({ from: PATH });
  const navigate = useNavigate({ from: PATH });
  const { data, error, refetch, isPlaceholderData } = useQuery(listQuery(organization, filters));
  usePageTitle(say.tasks.title);
  useEffect(() => rememberView(`tasks ${organization}`, filters), [organization, filters]);
  const show = (search: Filters, replace = false) => navigate({ search, replace });
  return (
    <>
      <div className={parts.head}>
        <h1>{say.tasks.title}</h1>
        <FilterBar filters={filters} onChange={show} />
      </div>
      {/* What could not be renewed is still worth seeing: the frame says that it may be out of date. */}
      {!data && (error ? <Failure error={error} onRetry={refetch} /> : <Loading />)}
      {data && data.items.length === 0 && (
        <NothingToList organization={organization} filters={filters} onChange={show} />
      )}
      {data && data.items.length > 0 && (
        <div aria-busy={isPlaceholderData}>
          <TaskTable organization={organization} tasks={data.items} filters={filters} onChange={show} />
          <Pager
            page={data.page}
            pages={data.totalPages}
            summary={say.tasks.summary(format.count(data.totalDocs), data.totalDocs === 1)}
            onChange={(page) => show(parseFilters({ ...filters, page }))}
          />
        </div>
      )}
    </>
  );
}

interface NothingProps {
  readonly organization: string;
  readonly filters: Filters;
  onChange(filters: Filters): void;
}

function NothingToList({ organization, filters, onChange }: NothingProps) {
  const { tasks, frame } = useSpeech().say;
  const mayCreate = useMay('base.bulk.management.create');
  const { page = 1, ...first } = filters;
  if (page > 1) {
    const back = <Button onClick={() => onChange(first)}>{tasks.firstPage}</Button>;
    return <Empty title={tasks.pastEnd} action={back} />;
  }
  if (isFiltered(filters)) {
    const clear = <Button onClick={() => onChange({})}>{tasks.clear}</Button>;
    return (
      <Empty title={tasks.noMatch} action={clear}>
        {tasks.noMatchHelp}
      </Empty>
    );
  }
  const upload = mayCreate && (
    <Button renderRoot={(props) => <Link to="/o/$organization/import" params={{ organization }} {...props} />}>
      {frame.newImport}
    </Button>
  );
  return (
    <Empty title={tasks.none} action={upload}>
      {tasks.noneHelp}
    </Empty>
  );
}
