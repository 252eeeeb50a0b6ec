import { Button } from '@mantine/core';
import { OpenBulkError } from '@openbulk/client';
import { IconBolt } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useSummaries } from '../catalogue/queries.ts';
import type { RecordResource } from '../catalogue/record-resource.ts';
import { useRecordResource } from '../catalogue/use-record-resource.ts';
import { Failure, MissingPage } from '../parts/Failure.tsx';
import { Loading } from '../parts/Loading.tsx';
import parts from '../parts/parts.module.css';
import { usePageTitle } from '../parts/use-page-title.ts';
import { useSpeech } from '../say/language.tsx';
import { useMay } from '../session.ts';
import { Pager } from '../tasks/list/Pager.tsx';
import { Export } from './export/Export.tsx';
import { FilterPanel } from './FilterPanel.tsx';
import { NoRecords } from './NoRecords.tsx';
import { recordsQuery } from './queries.ts';
import { ResourceTabs } from './ResourceTabs.tsx';
import classes from './records.module.css';
import { SearchField } from './SearchField.tsx';
import { ColumnsMenu } from './table/ColumnsMenu.tsx';
import { RecordDetails } from './table/RecordDetails.tsx';
import { RecordTable } from './table/RecordTable.tsx';
import { idOf } from './table/values.ts';
import { changed, parseRecordsView, type View } from './view.ts';

const PATH = '/o/$organization/records/$resource';

/** The records of a resource. What of them is shown is in the address. */
export function RecordList() {
  const { organization, resource } = useParams({ from: PATH });
  const known = useSummaries().find(({ name }) => name === resource);
  if (!known) return <MissingPage />;
  return <Loaded key={`${organization} ${resource}`} organization={organization} name={resource} />;
}

function Loaded({ organization, name }: { readonly organization: string; readonly name: string }) {
  const { resource, error, refetch } = useRecordResource(organization, name);
  if (!resource) return error ? <Failure heading="h1" error={error} onRetry={refetch} /> : <Loading />;
  return <Records organization={organization} resource={resource} />;
}

interface Props {
  readonly organization: string;
  readonly resource: RecordResource;
}

function Records({ organization, resource }: Props) {
  const { say, format } = useSpeech();
  const words = say.records;
  const view = useSearch({ from: PATH });
  const navigate = useNavigate({ from: PATH });
  const { data, error, refetch, isPlaceholderData } = useQuery(recordsQuery(organization, resource.name, view));
  usePageTitle(resource.label);
  const acts = useSummaries()
    .find(({ name }) => name === resource.name)
    ?.operations.includes('act');
  const show = (search: View) => navigate({ search, resetScroll: false });
  const change = (what: Parameters<typeof changed>[1]) => show(changed(view, what));
  const listed = data?.items.find((record) => idOf(record, resource) === view.record);
  const problems = error instanceof OpenBulkError && error.code === 'bad_request' ? error.problems : [];
  return (
    <>
      <div className={parts.head}>
        <h1>{words.title}</h1>
        {data && data.totalDocs > 0 && (
          <div className={classes.tools}>
            {acts && <ActOnThese organization={organization} criteria={data.criteria} />}
            <Export organization={organization} resource={resource.name} listed={data} />
          </div>
        )}
      </div>
      <ResourceTabs organization={organization} />
      <div className={classes.bar}>
        <SearchField key={view.q} text={view.q ?? ''} onSearch={(q) => change({ q })} />
        <FilterPanel
          key={view.criteria}
          resource={resource}
          criteria={view.criteria}
          problems={problems}
          onChange={(criteria) => change({ criteria })}
        />
        <ColumnsMenu resource={resource} view={view} onChange={show} />
      </div>
      {!data && (error ? problems.length === 0 && <Failure error={error} onRetry={refetch} /> : <Loading />)}
      {data?.slow && <p className={classes.slow}>{words.slow[data.slow.code]}</p>}
      {data && data.items.length === 0 && (
        <NoRecords organization={organization} resource={resource.name} view={view} onChange={show} />
      )}
      {data && data.items.length > 0 && (
        <div aria-busy={isPlaceholderData}>
          <RecordTable resource={resource} records={data.items} view={view} onChange={show} />
          <Pager
            page={data.page}
            pages={data.totalPages}
            summary={words.summary(format.count(data.totalDocs), data.totalDocs === 1)}
            onChange={(page) => show(parseRecordsView({ ...view, page, record: undefined }))}
          />
        </div>
      )}
      <RecordDetails
        resource={resource}
        record={listed}
        onClose={() => show(parseRecordsView({ ...view, record: undefined }))}
      />
    </>
  );
}

/** From a list of devices to an action on all of them. */
function ActOnThese({ organization, criteria }: { readonly organization: string; readonly criteria: unknown }) {
  const { say } = useSpeech();
  const may = useMay('actions.bulk.preview');
  if (!may) return null;
  const search = { criteria: JSON.stringify(criteria ?? { all: [] }) };
  return (
    <Button
      variant="default"
      leftSection={<IconBolt size={16} aria-hidden />}
      renderRoot={(props) => (
        <Link to="/o/$organization/actions/new" params={{ organization }} search={search} {...props} />
      )}
    >
      {say.records.act}
    </Button>
  );
}
