import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { isOver, type TaskState } from '@openbulk/client';
import { IconChevronDown, IconDownload, IconPlayerPause, IconPlayerPlay, IconTrash, IconX } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { openbulk } from '../../client.ts';
import { Confirm } from '../../parts/Confirm.tsx';
import { Said } from '../../parts/Failure.tsx';
import { useSpeech } from '../../say/language.tsx';
import { taskQuery } from '../queries.ts';
import classes from '../tasks.module.css';
import { useTaskRights } from './use-rights.ts';

const TASK = '/v1/organizations/{organizationId}/bulk-tasks/{bulkTaskId}';

interface Props {
  readonly organization: string;
  readonly task: TaskState;
}

/** What the signed-in person can do with a task now. */
export function Steering({ organization, task }: Props) {
  const over = isOver(task);
  const may = useTaskRights(task);
  const { numSkips, numErrors } = task.report;
  return (
    <div className={classes.steer}>
      {numSkips + numErrors > 0 && may.readLines && <ReportMenu organization={organization} id={task.id} />}
      {!over && may.steer && <PauseAndCancel organization={organization} task={task} />}
      {over && may.remove && <Remove organization={organization} id={task.id} />}
    </div>
  );
}

function PauseAndCancel({ organization, task }: Props) {
  const { say } = useSpeech();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const { id, paused } = task;
  const steer = useMutation({
    mutationFn: (verb: 'pause' | 'resume' | 'cancel') =>
      openbulk.organizations.post(`${TASK}/${verb}`, { path: { organizationId: organization, bulkTaskId: id } }),
    onSuccess: ({ data }) => client.setQueryData(taskQuery(organization, id).queryKey, data),
    onError: (error) => tell(say.task.steerFailed, error),
    onSettled: () => setAsking(false),
  });
  return (
    <>
      <Button
        variant="default"
        leftSection={paused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />}
        loading={steer.isPending && steer.variables !== 'cancel'}
        onClick={() => steer.mutate(paused ? 'resume' : 'pause')}
      >
        {paused ? say.task.resume : say.task.pause}
      </Button>
      <Button variant="default" leftSection={<IconX size={16} aria-hidden />} onClick={() => setAsking(true)}>
        {say.task.cancel}
      </Button>
      <Confirm
        opened={asking}
        title={say.task.cancelTitle}
        yes={say.task.cancel}
        no={say.task.keep}
        busy={steer.isPending}
        onYes={() => steer.mutate('cancel')}
        onNo={() => setAsking(false)}
      >
        {say.task.cancelHelp}
      </Confirm>
    </>
  );
}

function Remove({ organization, id }: { readonly organization: string; readonly id: string }) {
  const { say } = useSpeech();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => openbulk.organizations.delete(TASK, { path: { organizationId: organization, bulkTaskId: id } }),
    async onSuccess() {
      await navigate({ to: '/o/$organization/tasks', params: { organization } });
      client.removeQueries({ queryKey: taskQuery(organization, id).queryKey });
      client.invalidateQueries({ queryKey: ['tasks', organization] });
      notifications.show({ message: say.task.removed });
    },
    onError: (error) => tell(say.task.steerFailed, error),
    onSettled: () => setAsking(false),
  });
  return (
    <>
      <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setAsking(true)}>
        {say.task.remove}
      </Button>
      <Confirm
        opened={asking}
        title={say.task.removeTitle}
        yes={say.task.remove}
        no={say.task.removeKeep}
        busy={remove.isPending}
        onYes={() => remove.mutate()}
        onNo={() => setAsking(false)}
      >
        {say.task.removeHelp}
      </Confirm>
    </>
  );
}

/** The report as a file: the browser takes it as it comes, whatever its size. */
function ReportMenu({ organization, id }: { readonly organization: string; readonly id: string }) {
  const { task } = useSpeech().say;
  const base = `/v1/organizations/${encodeURIComponent(organization)}/bulk-tasks/${id}/report`;
  const forms = [
    [task.reportCsv, '?format=csv'],
    [task.reportErrors, '?format=csv&outcome=errored'],
    [task.reportJson, '?format=json'],
    [task.reportNdjson, '?format=ndjson'],
  ] as const;
  return (
    <Menu>
      <Menu.Target>
        <Button
          leftSection={<IconDownload size={16} aria-hidden />}
          rightSection={<IconChevronDown size={16} aria-hidden />}
        >
          {task.report}
        </Button>
      </Menu.Target>
      <Menu.Dropdown maw="calc(100vw - 1.5rem)">
        {forms.map(([name, query]) => (
          <Menu.Item key={query} component="a" href={base + query} download>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function tell(title: string, error: unknown): void {
  notifications.show({ color: 'red', title, message: <Said error={error} />, autoClose: 10_000 });
}
