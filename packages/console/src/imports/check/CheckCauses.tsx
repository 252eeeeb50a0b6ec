import type { TaskRef, TaskState } from '@openbulk/client';
import { useQuery } from '@tanstack/react-query';
import { Failure } from '../../parts/Failure.tsx';
import { Causes } from '../../tasks/lines/Causes.tsx';
import { causesQuery } from '../../tasks/lines/queries.ts';

interface Props {
  /** The task that has checked the file. */
  readonly task: TaskState;
  readonly reference: TaskRef;
}

/** Why lines would not be imported. */
export function CheckCauses({ task, reference }: Props) {
  const { data, error, refetch } = useQuery(causesQuery(reference, true));
  if (error && !data) return <Failure error={error} onRetry={refetch} />;
  return <Causes reference={reference} causes={data?.causes} mapping={task.config.mapping} chosen={{}} linked />;
}
