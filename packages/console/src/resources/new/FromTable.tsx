import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Empty } from '../../parts/Empty.tsx';
import { Failure } from '../../parts/Failure.tsx';
import { Loading } from '../../parts/Loading.tsx';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { useResourceDraft } from '../drafts.ts';
import { Desk } from '../editor/Desk.tsx';
import { draftOf, labelled } from '../editor/edit.ts';
import { declareTable, type Plan, type Table, tablesQuery } from '../queries.ts';
import classes from '../resources.module.css';

interface Props {
  readonly organization: string;
  /** With its schema; not chosen yet if not given. */
  readonly table: string | undefined;
  /** That says whose a record is; `''`: all are the organization's. */
  readonly column: string;
}

/** A table that exists is chosen, and adopted. */
export function FromTable({ organization, table, column }: Props) {
  const { data, error, refetch } = useQuery(tablesQuery(organization));
  if (!data) return error ? <Failure error={error} onRetry={refetch} /> : <Loading />;
  const chosen = data.items.find((each) => nameOf(each) === table);
  if (!chosen) return <Tables organization={organization} tables={data.items} more={data.more} missing={table} />;
  return <Adopting organization={organization} table={chosen} column={column} />;
}

function nameOf({ schema, table }: Table): string {
  return `${schema}.${table}`;
}

interface TablesProps {
  readonly organization: string;
  readonly tables: readonly Table[];
  /** How many there are beside them. */
  readonly more: number;
  /** One that was asked for and is not there. */
  readonly missing: string | undefined;
}

function Tables({ organization, tables, more, missing }: TablesProps) {
  const { say, format } = useSpeech();
  const words = say.resources;
  if (tables.length === 0) return <Empty title={words.noTables}>{words.noTablesHelp}</Empty>;
  return (
    <section className={parts.card}>
      <h2>{words.tables}</h2>
      {missing !== undefined && (
        <p role="alert" className={classes.odd}>
          {words.tableGone(missing)}
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard */}
      <section className={parts.scroll} tabIndex={0} aria-label={words.tables}>
        <table className={parts.table}>
          <thead>
            <tr>
              <th scope="col">{words.table}</th>
              <th scope="col">{words.kind}</th>
              <th scope="col">{words.columns}</th>
              <th scope="col">{words.state}</th>
            </tr>
          </thead>
          <tbody>
            {tables.map((each) => (
              <tr key={nameOf(each)}>
                <th scope="row">
                  {each.adoptable ? (
                    <Link
                      to="/o/$organization/new-resource"
                      params={{ organization }}
                      search={{ from: 'table', table: nameOf(each) }}
                    >
                      {nameOf(each)}
                    </Link>
                  ) : (
                    nameOf(each)
                  )}
                </th>
                <td lang="en">{each.kind}</td>
                <td>{each.columns.map(({ name }) => name).join(', ')}</td>
                <td>
                  {each.reasons.length > 0 && <span lang="en">{each.reasons.join(' ')}</span>}
                  {each.resources.length > 0 && words.usedBy(format.list(each.resources))}
                  {each.adoptable && each.resources.length === 0 && words.free}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {more > 0 && <p className={classes.help}>{words.moreTables(format.count(more))}</p>}
    </section>
  );
}

interface AdoptingProps {
  readonly organization: string;
  readonly table: Table;
  readonly column: string;
}

function Adopting({ organization, table, column }: AdoptingProps) {
  const { say, language } = useSpeech();
  const words = say.resources;
  const navigate = useNavigate();
  const name = nameOf(table);
  const [draft, setDraft] = useResourceDraft(organization, `table ${name} ${column}`);
  const { data, error, refetch } = useQuery({
    queryKey: ['table-declaration', organization, name, column],
    queryFn: () => declareTable(organization, name, column),
    enabled: draft === undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    if (data && !draft) setDraft(labelled(draftOf(data, { kind: 'table', name }), language));
  }, [data, draft, name, language, setDraft]);
  const applied = ({ name: resource }: Plan) => {
    navigate({ to: '/o/$organization/records/$resource', params: { organization, resource } });
    setDraft(undefined);
  };
  return (
    <>
      <section className={parts.card}>
        <h2>{name}</h2>
        <NativeSelect
          className={classes.narrow ?? ''}
          label={words.whose}
          description={words.whoseHelp}
          value={column}
          data={[
            { value: '', label: words.allOurs },
            ...table.columns.map((each) => ({ value: each.name, label: `${each.name} (${each.type})` })),
          ]}
          onChange={({ currentTarget: { value } }) =>
            navigate({
              to: '/o/$organization/new-resource',
              params: { organization },
              search: { from: 'table', table: name, ...(value && { column: value }) },
            })
          }
        />
        <Button
          variant="subtle"
          size="xs"
          mt="sm"
          renderRoot={(props) => (
            <Link to="/o/$organization/new-resource" params={{ organization }} search={{ from: 'table' }} {...props} />
          )}
        >
          {words.otherTable}
        </Button>
      </section>
      {!draft && (error ? <Failure error={error} onRetry={refetch} /> : <Loading />)}
      {draft && (
        <Desk organization={organization} draft={draft} apply={words.create} onChange={setDraft} onApplied={applied} />
      )}
    </>
  );
}
