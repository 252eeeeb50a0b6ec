import type { z } from 'zod';
import type { ResourcePlan } from '../../../../service/resources/plan-resource.ts';
import {
  declarationOf,
  type Resource,
  recordMembersOf,
  requiredOf,
} from '../../../../service/resources/show-resource.ts';
import type { plan, resource, resourceSummary } from './schema.ts';

export function toSummary(shown: Resource): z.input<typeof resourceSummary> {
  const { name, operations, versionId, owner, table, adopted, key, declaration } = shown;
  const { title, description, openbulk, fields } = declaration;
  const { labels, descriptions, recordLabels } = openbulk;
  return {
    name,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(labels && { labels }),
    ...(descriptions && { descriptions }),
    ...(recordLabels && { recordLabels }),
    operations: [...operations],
    declared: versionId !== undefined,
    owner: owner === undefined ? 'program' : owner === null ? 'everyone' : 'organization',
    table,
    adopted: adopted !== undefined,
    fields: fields.length,
    key: [...key.columns],
    recordMembers: recordMembersOf(shown),
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
