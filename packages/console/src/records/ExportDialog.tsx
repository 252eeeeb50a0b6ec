import { Button, Modal, Progress } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Said } from '../parts/Failure.tsx';
import { Loading } from '../parts/Loading.tsx';
import { useSpeech } from '../say/language.tsx';
import { useTask } from '../tasks/use-task.ts';
import classes from './records.module.css';

interface Props {
  readonly organization: string;
  readonly opened: boolean;
  /** Its id, once it is there. */
  readonly task: string | undefined;
  /** Why it is not there. */
  readonly error: Error | null;
  /** How many there were when it was asked for. */
  readonly records: number;
  onClose(): void;
}

/** How far an export is, and then its file. It goes on when this is closed. */
export function ExportDialog({ organization, opened, task, error, records, onClose }: Props) {
  const { say } = useSpeech();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={say.records.exporting}
      closeButtonProps={{ 'aria-label': say.close }}
    >
      {error && <Said error={error} />}
      {!error &&
        (task === undefined ? <Loading /> : <Following organization={organization} id={task} records={records} />)}
    </Modal>
  );
}

interface FollowingProps {
  readonly organization: string;
  readonly id: string;
  readonly records: number;
}

function Following({ organization, id, records }: FollowingProps) {
  const { say, format } = useSpeech();
  const words = say.records;
  const { task, error } = useTask(organization, id);
  if (!task) return error ? <Said error={error} /> : <Loading />;
  const { status } = task;
  // Until it is cut up, it is not known how many there are, and afterwards it may be some more or less.
  const { processed: written, total } = task.records ?? { processed: 0, total: records };
  const share = status === 'completed' ? 1 : Math.min(0.99, written / Math.max(1, total));
  return (
    <div className={classes.export}>
      <Progress.Root size="lg">
        <Progress.Section value={share * 100} aria-label={words.exporting} />
      </Progress.Root>
      <p role="status">
        {status === 'completed'
          ? words.exported(format.count(written))
          : status === 'failed'
            ? words.exportFailed
            : words.written(format.count(written), format.count(total))}
      </p>
      {status === 'failed' && <p lang="en">{task.error}</p>}
      {status === 'completed' && (
        <Button
          component="a"
          href={resultAddress(organization, id)}
          download
          leftSection={<IconDownload size={16} aria-hidden />}
          data-autofocus
        >
          {words.download}
        </Button>
      )}
      <Link to="/o/$organization/tasks/$task" params={{ organization, task: task.id }}>
        {words.exportTask}
      </Link>
    </div>
  );
}

/** Where the file of an export is: a link of the browser's, which takes it as it comes, whatever its size. */
function resultAddress(organization: string, id: string): string {
  return `/v2/task/download/${encodeURIComponent(id)}?organization=${encodeURIComponent(organization)}`;
}
