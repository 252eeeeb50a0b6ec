import { Modal, Progress } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Said } from '../../parts/Failure.tsx';
import { Loading } from '../../parts/Loading.tsx';
import { useSpeech } from '../../say/language.tsx';
import { shareOf } from '../../tasks/naming.ts';
import { ExportFile } from '../../tasks/page/ExportFile.tsx';
import { useTask } from '../../tasks/page/use-task.ts';
import classes from '../records.module.css';

interface Props {
  readonly organization: string;
  readonly opened: boolean;
  /** Its id, once it is there. */
  readonly task: string | undefined;
  /** Why it is not there. */
  readonly error: Error | null;
  onClose(): void;
}

/** How far an export is, and then its file. It goes on when this is closed. */
export function ExportDialog({ organization, opened, task, error, onClose }: Props) {
  const { say } = useSpeech();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={say.records.exporting}
      closeButtonProps={{ 'aria-label': say.close }}
    >
      {error && <Said error={error} />}
      {!error && (task === undefined ? <Loading /> : <Following organization={organization} id={task} />)}
    </Modal>
  );
}

interface FollowingProps {
  readonly organization: string;
  readonly id: string;
}

function Following({ organization, id }: FollowingProps) {
  const words = useSpeech().say.records;
  const { task, error } = useTask(organization, id);
  if (!task) return error ? <Said error={error} /> : <Loading />;
  // Until it is cut up, it is not known how many there are, and afterwards it may be some more or less.
  const share = task.status === 'completed' ? 1 : Math.min(0.99, shareOf(task) ?? 0);
  return (
    <div className={classes.export}>
      <Progress.Root size="lg">
        <Progress.Section value={share * 100} aria-label={words.exporting} />
      </Progress.Root>
      <ExportFile organization={organization} task={task} />
      <Link to="/o/$organization/tasks/$task" params={{ organization, task: task.id }}>
        {words.exportTask}
      </Link>
    </div>
  );
}
