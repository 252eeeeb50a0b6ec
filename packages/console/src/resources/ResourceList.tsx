import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { labelOf } from '../catalogue/declaration.ts';
import { type Summary, useReadable, useSummaries } from '../catalogue/queries.ts';
import { Empty } from '../parts/Empty.tsx';
import parts from '../parts/parts.module.css';
import { usePageTitle } from '../parts/use-page-title.ts';
import { useSpeech } from '../say/language.tsx';
import { useMay } from '../session.ts';
import { Health } from './page/Health.tsx';
import { driftQuery, MANAGE } from './queries.ts';
import classes from './resources.module.css';

/** Which records there can be. */
export function ResourceList() {
  const { say } = useSpeech();
  const words = say.resources;
  const { organization } = useParams({ from: '/o/$organization/resources' });
  const mayManage = useMay(MANAGE);
  const summaries = useSummaries();
  const { data: drift } = useQuery({ ...driftQuery(organization), enabled: mayManage });
  usePageTitle(words.title);
  if (summaries.length === 0 && !mayManage)
    return (
      <Empty heading="h1" title={say.failure.forbidden}>
        {say.failure.forbiddenHelp}
      </Empty>
    );
  return (
    <>
      <div className={parts.head}>
        <h1>{words.title}</h1>
        {mayManage && (
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            renderRoot={(props) => <Link to="/o/$organization/new-resource" params={{ organization }} {...props} />}
          >
            {words.new}
          </Button>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard */}
      <section className={parts.scroll} tabIndex={0} aria-label={words.listed}>
        <table className={parts.table}>
          <thead>
            <tr>
              <th scope="col">{words.resource}</th>
              <th scope="col">{words.operations}</th>
              <th scope="col" className={parts.number}>
                {words.fields}
              </th>
              <th scope="col">{words.owner}</th>
              <th scope="col">{words.table}</th>
              {mayManage && <th scope="col">{words.health}</th>}
            </tr>
          </thead>
          <tbody>
            {summaries.map((each) => (
              <Row
                key={each.name}
                organization={organization}
                resource={each}
                health={mayManage ? drift?.get(each.name) : undefined}
                managed={mayManage}
              />
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

interface RowProps {
  readonly organization: string;
  readonly resource: Summary;
  /** Where it and its table have come apart, if that is known. */
  readonly health: readonly string[] | undefined;
  readonly managed: boolean;
}

function Row({ organization, resource, health, managed }: RowProps) {
  const { say, format, language } = useSpeech();
  const words = say.resources;
  const { name, operations, fields, owner, table } = resource;
  const readable = useReadable().some((each) => each.name === name);
  return (
    <tr>
      <th scope="row">
        <Link to="/o/$organization/resources/$resource" params={{ organization, resource: name }}>
          {labelOf(resource, name, language)}
        </Link>
        <div className={classes.sub}>{name}</div>
      </th>
      <td>{format.list(operations.map((each) => words.does[each as keyof typeof words.does] ?? each))}</td>
      <td className={parts.number}>{format.count(fields)}</td>
      <td>{words.owners[owner]}</td>
      <td>
        {readable ? (
          <Link
            to="/o/$organization/records/$resource"
            params={{ organization, resource: name }}
            className={classes.mono}
          >
            {table}
          </Link>
        ) : (
          <span className={classes.mono}>{table}</span>
        )}
      </td>
      {managed && <td>{health && <Health problems={health} />}</td>}
    </tr>
  );
}
