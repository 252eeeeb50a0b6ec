import { Button } from '@mantine/core';
import { OpenBulkError } from '@openbulk/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { RecordResource } from '../../catalogue/record-resource.ts';
import { openbulk } from '../../client.ts';
import type { Criteria } from '../../criteria/criteria.ts';
import { Said } from '../../parts/Failure.tsx';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import classes from '../actions.module.css';
import { inOrganization, type Preview } from '../queries.ts';
import { ConfirmAction } from './ConfirmAction.tsx';
import { limitOf, type Options, orderOf } from './order.ts';
import { Sample } from './Sample.tsx';
import { type PreviewState, problemsWith } from './use-preview.ts';

interface Props {
  readonly organization: string;
  /** The devices. */
  readonly resource: RecordResource;
  readonly options: Options;
  readonly criteria: Criteria;
  readonly preview: PreviewState;
  /** Something that was filled in is not as it must be. */
  readonly wanting: boolean;
  /** Does something unless what was filled in is found wanting. */
  trying(then: () => void): void;
  /** @param job its id */
  onDone(job: string): void;
}

/** Which devices it will be on, and then the way to do it: what was seen is what is touched. */
export function PreviewCard({
  organization,
  resource,
  options,
  criteria,
  preview: state,
  wanting,
  trying,
  onDone,
}: Props) {
  const { say } = useSpeech();
  const words = say.jobs;
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const { preview, outdated, busy, error, drop } = state;
  const submit = useMutation({
    mutationFn: (token: string) =>
      openbulk.actions.post('/api/actions/bulk/jobs', {
        ...inOrganization(organization),
        body: orderOf(options, criteria, token),
      }),
    onSuccess(job) {
      client.invalidateQueries({ queryKey: ['jobs', organization] });
      onDone(job.job_id);
    },
    onError: (refused) => needsAnother(refused) && drop(),
    onSettled: () => setAsking(false),
  });
  return (
    <section className={parts.card}>
      <h2>{words.preview}</h2>
      {!preview && <p className={classes.help}>{outdated ? words.outdated : words.previewHelp}</p>}
      {preview && <Found resource={resource} preview={preview} limit={limitOf(options)} />}
      {error && problemsWith(error).length === 0 && <Said error={error} />}
      {submit.error && <Refused error={submit.error} />}
      <div role="status">{wanting && <p className={classes.wrong}>{words.wanting}</p>}</div>
      <div className={classes.buttons}>
        <Button type="submit" variant={preview ? 'default' : 'filled'} loading={busy}>
          {preview ? words.previewAgain : words.preview}
        </Button>
        {preview && (
          <SubmitButton
            options={options}
            devices={atMost(preview, limitOf(options))}
            onClick={() => trying(() => setAsking(true))}
          />
        )}
      </div>
      {preview && (
        <ConfirmAction
          opened={asking}
          options={options}
          devices={atMost(preview, limitOf(options))}
          busy={submit.isPending}
          onYes={() => submit.mutate(preview.preview_token)}
          onNo={() => setAsking(false)}
        />
      )}
    </section>
  );
}

/** How many devices are touched at most. */
function atMost({ preview_count: count }: Preview, limit: number): number {
  return limit > 0 ? Math.min(count, limit) : count;
}

/** Whether the preview can no longer be used: it has expired, or more devices match now. */
function needsAnother(error: Error): boolean {
  if (!(error instanceof OpenBulkError)) return false;
  return error.code === 'precondition_failed' || error.problems.some(({ field }) => field === 'preview_token');
}

function Refused({ error }: { readonly error: Error }) {
  const { jobs: words } = useSpeech().say;
  return (
    <div role="alert" className={classes.refused}>
      <strong>{needsAnother(error) ? words.outgrown : words.refused}</strong>
      {!needsAnother(error) && <Said error={error} />}
    </div>
  );
}

interface FoundProps extends Pick<Props, 'resource'> {
  readonly preview: Preview;
  readonly limit: number;
}

function Found({ resource, preview, limit }: FoundProps) {
  const { say, format } = useSpeech();
  const words = say.jobs;
  const { preview_count: count, sample } = preview;
  return (
    <>
      <p role="status" className={classes.found}>
        <strong>{count === 0 ? words.noDevice : words.found(format.count(count), count === 1)}</strong>{' '}
        {limit > 0 && limit < count && words.limited(format.count(limit))}
      </p>
      {count > 0 && <Sample resource={resource} devices={sample} total={count} />}
    </>
  );
}

interface SubmitProps {
  readonly options: Options;
  readonly devices: number;
  onClick(): void;
}

function SubmitButton({ options: { type, later }, devices, onClick }: SubmitProps) {
  const { say, format } = useSpeech();
  const may = useMay('actions.bulk.job.create');
  if (!may || devices === 0) return null;
  const words = later ? say.jobs.schedules : say.jobs.does;
  return (
    <Button color={type === 'cleanup' ? 'red' : 'blue'} onClick={onClick}>
      {words(say.jobs.types[type], format.count(devices))}
    </Button>
  );
}
