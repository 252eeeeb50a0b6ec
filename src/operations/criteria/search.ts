import type { Resource } from '../../resources/resource.ts';
import { anyContains, containing } from '../../store/records/containing.ts';
import { type Searched, searchedText, textsOf } from '../../store/records/search-index.ts';
import type { Compiled, StatementPosition } from './compile.ts';
import type { Criteria } from './criteria.ts';

/** The records of a resource that have a text in one of their texts, in upper or lower case: columns of text, lists, open columns. */
export function searchCriteria(resource: Resource, text: string): Criteria {
  const value = containing(text);
  const names = [...textColumns(resource), ...listColumns(resource)].map(({ name }) => name);
  if (resource.open) names.push(`${resource.open.prefix}*`);
  return { any: names.map((field) => ({ field, op: 'like', value })) };
}

/**
 * The same records as a condition that is less work: for the search index, or where there is none, of which every record makes some.
 */
export function compileSearch(
  resource: Resource,
  text: string,
  { alias, firstParameter, indexed }: StatementPosition & { readonly indexed: boolean },
): Compiled {
  const searched = searchedOf(resource);
  const pattern = `$${firstParameter}`;
  const sql = indexed
    ? `${searchedText(searched, `${alias}.`)} ilike ${pattern}`
    : anyContains(textsOf(searched, `${alias}.`), text, pattern);
  return { sql, values: [containing(text)] };
}

/** What of a resource's table is searched. */
export function searchedOf(resource: Resource): Searched {
  const plural = listColumns(resource).map(({ sql }) => sql);
  return {
    table: resource.table,
    columns: textColumns(resource).map(({ sql }) => sql),
    plural: resource.open ? [...plural, resource.open.sql] : plural,
  };
}

function textColumns({ columns }: Resource) {
  return columns.filter(({ type }) => type.sql === 'text');
}

function listColumns({ columns }: Resource) {
  return columns.filter(({ type }) => type.sql === 'text[]');
}
