import { Button } from '@mantine/core';
import { isOver, type TaskState } from '@openbulk/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { openbulk } from '../../client.ts';
import { Failure } from '../../parts/Failure.tsx';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import classes from '../tasks.module.css';
import { useFamily } from './Family.tsx';

interface Props {
  readonly organization: string;
  /** A dry run of an import, or corrections of one. */
  readonly task: TaskState;
  /** It was begun. @param id of the import */
  onRun(id: string): void;
}

/** Imports what a dry run has checked, with the corrections that were made on it. Nothing where it was not checked to its end. */
export function RunCheck({ organization, task, onRun }: Props) {
  const { say, format } = useSpeech();
  const words = say.dryRun;
  const client = useQueryClient();
  const may = useMay('base.bulk.management.create');
  const { data: family } = useFamily(organization, task);
  const run = useMutation({
    mutationFn: async () => {
      const path = { organizationId: organization, bulkTaskId: task.id };
      const { data } = await openbulk.organizations.post(
        '/v1/organizations/{organizationId}/bulk-tasks/{bulkTaskId}/run',
        { path },
      );
      return data.id;
    },
    onSuccess(id) {
      client.invalidateQueries({ queryKey: ['tasks', organization] });
      onRun(id);
    },
  });
  const root = family?.tasks[0] ?? task;
  if (!may || root.status !== 'completed' || (task.parentId !== undefined && !family)) return null;
  const numCorrected = family ? root.report.numErrors - family.ledger.numErrors : 0;
  const checking = family?.tasks.every(isOver) === false;
  const { numInserts, numUpdates, numDeletes = 0 } = family?.ledger ?? root.report;
  return (
    <div className={classes.run}>
      <Button
        size="md"
        variant={numInserts + numUpdates + numDeletes === 0 ? 'default' : 'filled'}
        loading={run.isPending}
        disabled={checking}
        onClick={() => run.mutate()}
      >
        {numCorrected > 0 ? words.runCorrected(format.count(numCorrected), numCorrected === 1) : words.run}
      </Button>
      {checking && <p className={classes.help}>{words.checking}</p>}
      {task.config.override && task.config.blankCells !== 'keep' && <p className={classes.help}>{words.clears}</p>}
      {run.error && <Failure error={run.error} onRetry={run.mutate} />}
    </div>
  );
}
