import { Button } from '@mantine/core';
import { IconDownload, IconFileImport, IconPencil, IconTable } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { labelOf } from '../../catalogue/declaration.ts';
import { writeJson } from '../../catalogue/exact-json.ts';
import { resourceQuery, type Served, useImportable, useReadable } from '../../catalogue/queries.ts';
import { Failure } from '../../parts/Failure.tsx';
import { Loading } from '../../parts/Loading.tsx';
import parts from '../../parts/parts.module.css';
import { usePageTitle } from '../../parts/use-page-title.ts';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import { driftQuery, MANAGE } from '../queries.ts';
import classes from '../resources.module.css';
import { FieldsTable } from './FieldsTable.tsx';
import { Health } from './Health.tsx';
import { RemoveResource } from './RemoveResource.tsx';

/** What a resource is: its fields, its key, what it takes to work with it. */
export function ResourcePage() {
  const { organization, resource } = useParams({ from: '/o/$organization/resources/$resource' });
  const { say } = useSpeech();
  const { data, error, refetch } = useQuery(resourceQuery(organization, resource));
  return (
    <>
      <p className={classes.crumb}>
        <Link to="/o/$organization/resources" params={{ organization }} activeOptions={{ exact: true }}>
          {say.resources.title}
        </Link>
      </p>
      {!data && (error ? <Failure heading="h1" error={error} onRetry={refetch} /> : <Loading />)}
      {data && <Shown key={data.name} organization={organization} served={data} />}
    </>
  );
}

interface Props {
  readonly organization: string;
  readonly served: Served;
}

function Shown({ organization, served }: Props) {
  const { say, language } = useSpeech();
  const words = say.resources;
  const { name, description, descriptions, owner, declaration } = served;
  const label = labelOf(served, name, language);
  const said = labelOf({ title: description, labels: descriptions }, '', language);
  const managed = useMay(MANAGE) && owner === 'organization';
  const { data: drift } = useQuery({ ...driftQuery(organization), enabled: managed });
  const problems = drift?.get(name);
  usePageTitle(label);
  return (
    <>
      <div className={parts.head}>
        <div>
          <h1>{label}</h1>
          {said !== '' && <p className={classes.help}>{said}</p>}
        </div>
        <Tools organization={organization} served={served} managed={managed} />
      </div>
      <div className={classes.stack}>
        {problems && problems.length > 0 && (
          <section className={classes.refused} role="alert">
            <h2>{words.drifted}</h2>
            <ul lang="en">
              {problems.map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          </section>
        )}
        <Facts served={served} health={problems && <Health problems={problems} />} />
        <section className={parts.card}>
          <h2>{words.fields}</h2>
          <FieldsTable served={served} />
        </section>
        <details className={classes.more}>
          <summary>{words.json}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard */}
          <pre tabIndex={0} className={classes.code}>
            {writeJson(declaration, '')}
          </pre>
        </details>
      </div>
    </>
  );
}

function Tools({ organization, served, managed }: Props & { readonly managed: boolean }) {
  const { say } = useSpeech();
  const words = say.resources;
  const { name } = served;
  const readable = useReadable().some((each) => each.name === name);
  const mayCreate = useMay('base.bulk.management.create');
  const importable = useImportable().some((each) => each.name === name) && mayCreate;
  const params = { organization, resource: name };
  return (
    <div className={classes.buttons}>
      {readable && (
        <Button
          variant="default"
          leftSection={<IconTable size={16} aria-hidden />}
          renderRoot={(props) => <Link to="/o/$organization/records/$resource" params={params} {...props} />}
        >
          {words.records}
        </Button>
      )}
      {importable && (
        <Button
          variant="default"
          leftSection={<IconFileImport size={16} aria-hidden />}
          renderRoot={(props) => (
            <Link
              to="/o/$organization/import"
              params={{ organization }}
              search={{ action: `import-${name}` }}
              {...props}
            />
          )}
        >
          {say.frame.newImport}
        </Button>
      )}
      {readable && importable && (
        <Button
          component="a"
          variant="default"
          href={`/v1/organizations/${encodeURIComponent(organization)}/resources/${name}/csv/sample`}
          download
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          {words.sample}
        </Button>
      )}
      {managed && (
        <Button
          leftSection={<IconPencil size={16} aria-hidden />}
          renderRoot={(props) => <Link to="/o/$organization/resources/$resource/edit" params={params} {...props} />}
        >
          {words.edit}
        </Button>
      )}
      {managed && <RemoveResource organization={organization} served={served} />}
    </div>
  );
}

function Facts({ served, health }: { readonly served: Served; readonly health: ReactNode }) {
  const { say, format } = useSpeech();
  const words = say.resources;
  const { name, operations, owner, table, adopted, key, permissions } = served;
  const takes = (['list', 'import', 'export'] as const).flatMap((verb) => {
    const permission = permissions[verb];
    return permission === undefined ? [] : [{ verb, permission }];
  });
  const facts: readonly (readonly [string, ReactNode])[] = [
    [words.name, <code key="name">{name}</code>],
    [words.operations, format.list(operations.map((each) => words.does[each as keyof typeof words.does] ?? each))],
    [words.keyFields, format.list(key)],
    [words.owner, words.owners[owner]],
    [words.table, <code key="table">{table}</code>],
    ...(adopted ? ([['', words.isAdopted]] as const) : []),
    ...(health ? ([[words.health, health]] as const) : []),
    [
      words.permissions,
      <ul key="permissions" className={classes.plain}>
        {takes.map(({ verb, permission }) => (
          <li key={verb}>
            {words.takes[verb]} <code>{permission}</code>
          </li>
        ))}
      </ul>,
    ],
  ];
  return (
    <section className={parts.card}>
      <h2>{words.facts}</h2>
      <dl className={classes.facts}>
        {facts.map(([fact, value]) => (
          <div key={fact}>
            <dt>{fact || words.origin}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
