import { Button } from '@mantine/core';
import type { TaskState } from '@openbulk/client';
import { IconDownload } from '@tabler/icons-react';
import { useSpeech } from '../../say/language.tsx';
import { useTaskRights } from './use-rights.ts';

interface Props {
  readonly organization: string;
  readonly task: Pick<TaskState, 'id' | 'resource' | 'records' | 'status' | 'error'>;
}

/** How many records an export has written, and its file when it is there. */
export function ExportFile({ organization, task }: Props) {
  const { say, format } = useSpeech();
  const { download } = useTaskRights(task);
  const { status, records } = task;
  const words = say.records;
  const written = format.count(records?.processed ?? 0);
  const progress = records ? words.written(written, format.count(records.total)) : say.task.waiting;
  const states = { completed: words.exported(written), failed: words.exportFailed };
  return (
    <>
      <p role="status">{status === 'completed' || status === 'failed' ? states[status] : progress}</p>
      {status === 'failed' && <p lang="en">{task.error}</p>}
      {status === 'completed' && download && (
        <Button
          component="a"
          href={addressOf(organization, task.id)}
          download
          leftSection={<IconDownload size={16} aria-hidden />}
          data-autofocus
        >
          {words.download}
        </Button>
      )}
    </>
  );
}

/** Where the file of an export is: a link of the browser's, which takes it as it comes, whatever its size. */
function addressOf(organization: string, id: string): string {
  return `/v2/task/download/${encodeURIComponent(id)}?organization=${encodeURIComponent(organization)}`;
}
