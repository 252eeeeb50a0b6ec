import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { RecordResource } from '../../catalogue/record-resource.ts';
import { useRecordResource } from '../../catalogue/use-record-resource.ts';
import { CriteriaEditor } from '../../criteria/CriteriaEditor.tsx';
import { criteriaOf } from '../../criteria/draft.ts';
import { gapsIn } from '../../criteria/form.ts';
import { Empty } from '../../parts/Empty.tsx';
import { Failure } from '../../parts/Failure.tsx';
import { Loading } from '../../parts/Loading.tsx';
import parts from '../../parts/parts.module.css';
import { usePageTitle } from '../../parts/use-page-title.ts';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import classes from '../actions.module.css';
import { OptionsForm } from './OptionsForm.tsx';
import { faultsIn, type Options } from './order.ts';
import { PreviewCard } from './PreviewCard.tsx';
import { criteriaFrom, optionsFrom, type Start } from './start.ts';
import { problemsWith, usePreview } from './use-preview.ts';

const PATH = '/o/$organization/actions/new';

/** From which devices to what is done with them. */
export function NewAction() {
  const { failure } = useSpeech().say;
  const { organization } = useParams({ from: PATH });
  const start = useSearch({ from: PATH });
  const may = useMay('actions.bulk.preview');
  if (!may)
    return (
      <Empty heading="h1" title={failure.forbidden}>
        {failure.forbiddenHelp}
      </Empty>
    );
  // What was begun for one organization, or with other devices, is not for another.
  return <WithDevices key={JSON.stringify([organization, start])} organization={organization} start={start} />;
}

function WithDevices({ organization, start }: { readonly organization: string; readonly start: Start }) {
  const { resource, error, refetch } = useRecordResource(organization, 'devices');
  if (!resource) return error ? <Failure heading="h1" error={error} onRetry={refetch} /> : <Loading />;
  return <ActionForm organization={organization} resource={resource} start={start} />;
}

interface Props {
  readonly organization: string;
  /** The devices. */
  readonly resource: RecordResource;
  readonly start: Start;
}

function ActionForm({ organization, resource, start }: Props) {
  const { say } = useSpeech();
  const words = say.jobs;
  const navigate = useNavigate();
  const [draft, setDraft] = useState(() => criteriaFrom(start, resource));
  const [options, setOptions] = useState(() => optionsFrom(start));
  /** Only what was asked for is found wanting. */
  const [tried, setTried] = useState(false);
  const criteria = criteriaOf(draft, resource);
  const preview = usePreview(organization, options.type, criteria);
  usePageTitle(words.new);
  const gaps = gapsIn(draft.form).map((field) => ({ field, message: say.criteria.gap }));
  const faults = faultsIn(options);
  const sound = draft.fault === undefined && gaps.length === 0 && faults.length === 0;
  const trying = (then: () => void) => {
    setTried(true);
    if (sound) then();
  };
  return (
    <>
      <div className={parts.head}>
        <h1>{words.new}</h1>
      </div>
      <form
        noValidate
        className={classes.stack}
        onSubmit={(event) => {
          event.preventDefault();
          trying(preview.ask);
        }}
      >
        <section className={parts.card}>
          <h2>{words.which}</h2>
          <CriteriaEditor
            resource={resource}
            draft={draft}
            problems={tried && gaps.length > 0 ? gaps : problemsWith(preview.error)}
            onChange={setDraft}
          />
        </section>
        <section className={parts.card}>
          <h2>{words.what}</h2>
          <OptionsForm
            options={options}
            faults={tried ? faults : []}
            onChange={(change: Partial<Options>) => setOptions((before) => ({ ...before, ...change }))}
          />
        </section>
        <PreviewCard
          organization={organization}
          resource={resource}
          options={options}
          criteria={criteria}
          preview={preview}
          wanting={tried && !sound}
          trying={trying}
          onDone={(job) => navigate({ to: '/o/$organization/actions/$job', params: { organization, job } })}
        />
      </form>
    </>
  );
}
