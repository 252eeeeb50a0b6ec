import type { Resource } from '../../resources/resource.ts';
import type { ConfigProblem } from '../import/config.ts';
import type { Condition, Criteria } from './criteria.ts';
import { findField } from './fields.ts';
import { parseCriteria } from './parse.ts';

/**
 * What a criteria may cost, in comparisons of a column with a value. A pattern is fifteen times as much work for PostgreSQL, wherever it
 * begins, since it tells no upper case from lower and so folds all of both texts (50 patterns and 100,000 devices: 8.2 s on a machine
 * that was busy otherwise, 50 comparisons 0.55 s).
 */
const MAX_COST = 500;
const PATTERN = 10;
/** Values of a list, which are found by their hash. */
const VALUES = 100;
/** To find a value in an open column, and in a document, which is unpacked each time. */
const IN_OPEN = 2;
const IN_DOCUMENT = 10;

/**
 * Reads a criteria as `parseCriteria` does and refuses one that is too much work. For requests: what a task has is as it was accepted.
 *
 * @returns the criteria, or what is wrong with it
 */
export function acceptCriteria(
  resource: Resource,
  input: unknown,
): { readonly criteria: Criteria } | { readonly problems: readonly ConfigProblem[] } {
  const parsed = parseCriteria(resource, input);
  if ('problems' in parsed) return parsed;
  const cost = costOf(resource, parsed.criteria);
  if (cost <= MAX_COST) return parsed;
  const message =
    `is too expensive: the cost is ${cost}, the limit ${MAX_COST}. A comparison costs 1, like ${PATTERN}, in 1 for each ${VALUES} ` +
    `values; in a document each costs ${IN_DOCUMENT} more. Use fewer conditions, or in with an array of values`;
  return { problems: [{ field: 'criteria', message }] };
}

function costOf(resource: Resource, part: Criteria): number {
  if ('all' in part) return sum(part.all.map((one) => costOf(resource, one)));
  if ('any' in part) return sum(part.any.map((one) => costOf(resource, one)));
  if ('not' in part) return costOf(resource, part.not);
  return comparisons(part) + way(resource, part);
}

function comparisons(condition: Condition): number {
  if (condition.op === 'in') return Math.ceil(condition.value.length / VALUES);
  return condition.op === 'like' ? PATTERN : 1;
}

function way(resource: Resource, { field }: Condition): number {
  const found = findField(resource, field);
  if (!found?.path && !found?.any) return 0;
  return found.verbatim ? IN_DOCUMENT : IN_OPEN;
}

function sum(costs: readonly number[]): number {
  return costs.reduce((total, cost) => total + cost, 0);
}
