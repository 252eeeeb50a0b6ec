import type { Resource } from '../../resources/resource.ts';
import { anyContains, containing } from '../../store/containing.ts';
import type { Compiled, Place } from './compile.ts';
import type { Criteria } from './criteria.ts';

/** The records of a resource that have a text in one of their columns of text, in upper or lower case. */
export function searchCriteria(resource: Resource, text: string): Criteria {
  const value = containing(text);
  return { any: searched(resource).map(({ name }) => ({ field: name, op: 'like', value })) };
}

/** The same records as a condition that is less work, of which every record makes some. */
export function compileSearch(resource: Resource, text: string, { alias, firstParameter }: Place): Compiled {
  const columns = searched(resource).map(({ sql }) => `${alias}.${sql}`);
  return { sql: anyContains(columns, text, `$${firstParameter}`), values: [containing(text)] };
}

function searched({ columns }: Resource) {
  return columns.filter(({ type }) => type.sql === 'text');
}
