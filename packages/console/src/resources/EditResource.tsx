import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { labelOf } from '../catalogue/declaration.ts';
import { resourceQuery, type Served } from '../catalogue/queries.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Loading } from '../parts/Loading.tsx';
import parts from '../parts/parts.module.css';
import { usePageTitle } from '../parts/use-page-title.ts';
import { useSpeech } from '../say/language.tsx';
import { useMay } from '../session.ts';
import { useResourceDraft } from './drafts.ts';
import { Desk } from './editor/Desk.tsx';
import { draftOf } from './editor/edit.ts';
import { MANAGE } from './queries.ts';
import classes from './resources.module.css';

const PATH = '/o/$organization/resources/$resource/edit';

/** A declared resource is changed: its plan says what becomes of the records. */
export function EditResource() {
  const { say } = useSpeech();
  const { organization, resource } = useParams({ from: PATH });
  const { data, error, refetch } = useQuery(resourceQuery(organization, resource));
  const may = useMay(MANAGE);
  if (!data) return error ? <Failure heading="h1" error={error} onRetry={refetch} /> : <Loading />;
  if (!may || data.owner !== 'organization')
    return (
      <Empty heading="h1" title={say.failure.forbidden}>
        {may ? say.resources.notYours : say.failure.forbiddenHelp}
      </Empty>
    );
  return <Editing key={`${organization} ${resource}`} organization={organization} served={data} />;
}

function Editing({ organization, served }: { readonly organization: string; readonly served: Served }) {
  const { say, language } = useSpeech();
  const words = say.resources;
  const navigate = useNavigate();
  const { name, declaration } = served;
  const label = labelOf(served, name, language);
  usePageTitle(words.editing(label));
  const [draft, setDraft] = useResourceDraft(organization, `edit ${name}`);
  const source = { kind: 'resource', name } as const;
  const shown = draft ?? draftOf({ declaration, remarks: [] }, source);
  useEffect(() => {
    window.scrollTo(0, 0);
  }, []);
  const leave = async () => {
    await navigate({ to: '/o/$organization/resources/$resource', params: { organization, resource: name } });
    setDraft(undefined);
  };
  return (
    <>
      <p className={classes.crumb}>
        <Link to="/o/$organization/resources/$resource" params={{ organization, resource: name }}>
          {label}
        </Link>
      </p>
      <div className={parts.head}>
        <h1>{words.editing(label)}</h1>
        {draft && (
          <Button variant="default" onClick={() => setDraft(undefined)}>
            {words.undoAll}
          </Button>
        )}
      </div>
      <div className={classes.stack}>
        <Desk
          organization={organization}
          draft={shown}
          apply={words.applyChange}
          onChange={setDraft}
          onApplied={leave}
        />
      </div>
    </>
  );
}
