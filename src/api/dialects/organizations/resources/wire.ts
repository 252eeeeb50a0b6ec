import type { z } from 'zod';
import type { ResourcePlan } from '../../../../service/resources/plan-resource.ts';
import { declarationOf, type Resource, requiredOf } from '../../../../service/resources/show-resource.ts';
import type { plan, resource, resourceSummary } from './schema.ts';

export function toSummary(shown: Resource): z.input<typeof resourceSummary> {
  const { name, operations, versionId, declaration } = shown;
  const { title, openbulk } = declaration;
  return {
    name,
    ...(title !== undefined && { title }),
    ...(openbulk.labels && { labels: openbulk.labels }),
    operations: [...operations],
    declared: versionId !== undefined,
    permissions: requiredOf(shown),
  };
}

export function toResource(shown: Resource): z.input<typeof resource> {
  return { ...toSummary(shown), declaration: declarationOf(shown) };
}

export function toPlan({ statements, losses, remarks, warnings, ...rest }: ResourcePlan): z.input<typeof plan> {
  return {
    ...rest,
    statements: [...statements],
    losses: [...losses],
    remarks: [...remarks],
    warnings: warnings.map(({ field, message }) => ({ field, problem: message })),
  };
}
