import { OpenBulkError, type Problem } from '@openbulk/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Declaration } from '../../catalogue/declaration.ts';
import { writeJson } from '../../catalogue/exact-json.ts';
import { applyDeclaration, type Plan, planDeclaration, refreshResources } from '../queries.ts';

/** A plan, as far as it is still that of what is edited. */
export interface PlanState {
  readonly plan: Plan | undefined;
  /** It was one of something else, or the database has changed. */
  readonly outdated: boolean;
  /** What is wrong with the declaration, by the server. */
  readonly problems: readonly Problem[];
  /** What else went wrong. */
  readonly error: Error | null;
  readonly planning: boolean;
  readonly applying: boolean;
  make(): void;
  apply(allowLoss: boolean): void;
}

/**
 * Asks what a declaration would change, and changes it: what was seen, and nothing else.
 *
 * @param onApplied is called when all lists know of the change
 */
export function usePlan(organization: string, declaration: Declaration, onApplied: (plan: Plan) => void): PlanState {
  const client = useQueryClient();
  const name = declaration.openbulk?.name ?? '';
  const text = writeJson(declaration);
  const [outgrown, setOutgrown] = useState(false);
  const planned = useMutation({
    mutationFn: async () => ({ plan: await planDeclaration(organization, name, declaration), of: text }),
    onMutate: () => {
      setOutgrown(false);
      applied.reset();
    },
  });
  const applied = useMutation({
    mutationFn: async (allowLoss: boolean) => {
      const hash = planned.data?.plan.hash ?? '';
      const plan = await applyDeclaration(organization, name, { declaration, hash, allowLoss });
      await refreshResources(client, organization, name);
      return plan;
    },
    onSuccess: onApplied,
    onError(error) {
      // Whatever it is, what was seen is not what would happen now.
      setOutgrown(error instanceof OpenBulkError && error.code === 'precondition_failed');
      planned.reset();
    },
  });
  const error = planned.error ?? applied.error;
  const [tried, setTried] = useState('');
  const current = planned.data?.of === text ? planned.data.plan : undefined;
  const mine = tried === text;
  const problems = mine && error instanceof OpenBulkError && error.code === 'bad_request' ? error.problems : [];
  return {
    plan: current,
    outdated: outgrown || (planned.data !== undefined && current === undefined),
    problems,
    error: mine && problems.length === 0 && !outgrown ? error : null,
    planning: planned.isPending,
    applying: applied.isPending,
    make() {
      setTried(text);
      planned.mutate();
    },
    apply(allowLoss) {
      setTried(text);
      applied.mutate(allowLoss);
    },
  };
}
