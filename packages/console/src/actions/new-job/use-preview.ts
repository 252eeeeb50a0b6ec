import { OpenBulkError, type Problem } from '@openbulk/client';
import { useMutation } from '@tanstack/react-query';
import type { Criteria } from '../../criteria/criteria.ts';
import { getPreview, type Preview } from '../queries.ts';
import type { ActionType } from './order.ts';

export interface PreviewState {
  /** Of exactly what is asked for now. */
  readonly preview: Preview | undefined;
  /** There was one, of something else. */
  readonly outdated: boolean;
  readonly busy: boolean;
  /** Why there is no preview of the current request. */
  readonly error: Error | null;
  ask(): void;
  /** Forgets it: the server wants another. */
  drop(): void;
}

/** The devices that an action would be on; what was seen is of no more use once anything of it is changed. */
export function usePreview(organization: string, type: ActionType, criteria: Criteria): PreviewState {
  const { mutate, data, variables, isPending, error, reset } = useMutation({
    mutationFn: (body: { action_type: ActionType; criteria_json: Record<string, unknown> }) =>
      getPreview(organization, body),
  });
  const now = { action_type: type, criteria_json: { ...criteria } };
  const same = JSON.stringify(variables) === JSON.stringify(now);
  return {
    preview: same ? data : undefined,
    outdated: data !== undefined && !same,
    busy: isPending && same,
    error: same ? error : null,
    ask: () => mutate(now),
    drop: reset,
  };
}

/** What is wrong with the criteria, by paths as the editor has them. */
export function problemsWith(error: Error | null): readonly Problem[] {
  if (!(error instanceof OpenBulkError) || error.code !== 'bad_request') return [];
  return error.problems.map(({ field, message }) => ({ field: field.replace(/^criteria_json/, 'criteria'), message }));
}
