import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconTrash, IconX } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { openbulk } from '../../client.ts';
import { Confirm } from '../../parts/Confirm.tsx';
import { Said } from '../../parts/Failure.tsx';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import { inOrganization, type Job, jobQuery } from '../queries.ts';
import { isOver } from './statuses.ts';

interface Props {
  readonly organization: string;
  readonly job: Job;
}

/** What the signed-in person can do with a job now. */
export function JobSteering({ organization, job }: Props) {
  const mayCancel = useMay('actions.bulk.job.cancel');
  const mayDelete = useMay('actions.bulk.job.delete');
  if (!isOver(job.status)) return mayCancel && <Cancel organization={organization} job={job} />;
  return mayDelete && <Remove organization={organization} job={job} />;
}

function Cancel({ organization, job: { job_id: id, affected_count: changed } }: Props) {
  const { say, format } = useSpeech();
  const words = say.jobs;
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const cancel = useMutation({
    mutationFn: () =>
      openbulk.actions.post('/api/actions/bulk/jobs/{id}/cancel', { ...inOrganization(organization), path: { id } }),
    onError: (error) => tell(say.task.steerFailed, error),
    onSettled() {
      setAsking(false);
      return client.invalidateQueries({ queryKey: jobQuery(organization, id).queryKey });
    },
  });
  return (
    <>
      <Button variant="default" leftSection={<IconX size={16} aria-hidden />} onClick={() => setAsking(true)}>
        {words.cancel}
      </Button>
      <Confirm
        opened={asking}
        title={words.cancelTitle}
        yes={words.cancel}
        no={words.keep}
        busy={cancel.isPending}
        onYes={() => cancel.mutate()}
        onNo={() => setAsking(false)}
      >
        {changed > 0 ? words.cancelHelp(format.count(changed)) : words.cancelNothing}
      </Confirm>
    </>
  );
}

function Remove({ organization, job: { job_id: id } }: Props) {
  const { say } = useSpeech();
  const words = say.jobs;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () =>
      openbulk.actions.delete('/api/actions/bulk/jobs/{id}', { ...inOrganization(organization), path: { id } }),
    async onSuccess() {
      await navigate({ to: '/o/$organization/actions', params: { organization } });
      client.removeQueries({ queryKey: jobQuery(organization, id).queryKey });
      client.invalidateQueries({ queryKey: ['jobs', organization] });
      notifications.show({ message: words.removed });
    },
    onError: (error) => tell(say.task.steerFailed, error),
    onSettled: () => setAsking(false),
  });
  return (
    <>
      <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setAsking(true)}>
        {words.remove}
      </Button>
      <Confirm
        opened={asking}
        title={words.removeTitle}
        yes={words.remove}
        no={say.task.removeKeep}
        busy={remove.isPending}
        onYes={() => remove.mutate()}
        onNo={() => setAsking(false)}
      >
        {words.removeHelp}
      </Confirm>
    </>
  );
}

function tell(title: string, error: unknown): void {
  notifications.show({ color: 'red', title, message: <Said error={error} />, autoClose: 10_000 });
}
