import { Button, NativeSelect } from '@mantine/core';
import { IconBolt } from '@tabler/icons-react';
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
import classes from '../actions.module.css';
import { type JobsView, jobsQuery, parseJobsView } from '../queries.ts';
import { JobTable } from './JobTable.tsx';
import { statuses } from './statuses.ts';

const PATH = '/o/$organization/actions';

/** The bulk actions of an organization, newest first, as they go on. */
export function JobList() {
  const { say } = useSpeech();
  const words = say.jobs;
  const { organization } = useParams({ from: PATH });
  const view = useSearch({ from: PATH });
  const navigate = useNavigate({ from: PATH });
  const { data, error, refetch, isPlaceholderData } = useQuery(jobsQuery(organization, view));
  usePageTitle(words.title);
  useEffect(() => rememberView(`jobs ${organization}`, view), [organization, view]);
  const show = (search: JobsView) => navigate({ search });
  return (
    <>
      <div className={parts.head}>
        <h1>{words.title}</h1>
        <div className={classes.tools}>
          <NativeSelect
            aria-label={words.statusLabel}
            value={view.status ?? ''}
            onChange={({ currentTarget }) => show(parseJobsView({ status: currentTarget.value }))}
            data={[
              { value: '', label: words.anyStatus },
              ...statuses.map((status) => ({ value: status, label: words.status[status] })),
            ]}
          />
          <NewActionButton organization={organization} />
        </div>
      </div>
      {!data && (error ? <Failure error={error} onRetry={refetch} /> : <Loading />)}
      {data && data.jobs.length === 0 && <NoJobs organization={organization} view={view} onChange={show} />}
      {data && data.jobs.length > 0 && (
        <div aria-busy={isPlaceholderData}>
          <JobTable organization={organization} jobs={data.jobs} />
          <nav className={classes.pager} aria-label={words.pages}>
            {view.cursor !== undefined && (
              <Link to={PATH} params={{ organization }} search={parseJobsView({ status: view.status })}>
                {words.newest}
              </Link>
            )}
            {data.next_cursor !== undefined && (
              <Link to={PATH} params={{ organization }} search={{ ...view, cursor: data.next_cursor }}>
                {words.older}
              </Link>
            )}
          </nav>
        </div>
      )}
    </>
  );
}

function NewActionButton({ organization }: { readonly organization: string }) {
  const { jobs: words } = useSpeech().say;
  const may = useMay('actions.bulk.preview');
  if (!may) return null;
  return (
    <Button
      leftSection={<IconBolt size={16} aria-hidden />}
      renderRoot={(props) => <Link to="/o/$organization/actions/new" params={{ organization }} {...props} />}
    >
      {words.new}
    </Button>
  );
}

interface NothingProps {
  readonly organization: string;
  readonly view: JobsView;
  onChange(view: JobsView): void;
}

function NoJobs({ organization, view, onChange }: NothingProps) {
  const { jobs: words, tasks } = useSpeech().say;
  if (view.status !== undefined || view.cursor !== undefined) {
    return <Empty title={words.noMatch} action={<Button onClick={() => onChange({})}>{tasks.clear}</Button>} />;
  }
  return (
    <Empty title={words.none} action={<NewActionButton organization={organization} />}>
      {words.noneHelp}
    </Empty>
  );
}
