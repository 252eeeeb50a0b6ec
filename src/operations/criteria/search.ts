import type { Resource } from '../../resources/resource.ts';
import type { Criteria } from './criteria.ts';

/** The records of a resource that have a text in one of their columns of text, in upper or lower case. */
export function searchCriteria({ columns }: Resource, text: string): Criteria {
  const value = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
  const searched = columns.filter(({ type }) => type.sql === 'text');
  return { any: searched.map(({ name }) => ({ field: name, op: 'like', value })) };
}
