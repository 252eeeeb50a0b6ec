import type { Resource } from '../../resources/resource.ts';
import { raw, type Sql, sql } from '../../store/connection/sql.ts';
import { anyContains, containing } from '../../store/records/containing.ts';
import { type Searched, searchedText, textsOf } from '../../store/records/search-index.ts';
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
 *
 * @param alias of the resource's table
 */
export function compileSearch(
  resource: Resource,
  text: string,
  { alias, indexed }: { readonly alias: string; readonly indexed: boolean },
): Sql {
  const searched = searchedOf(resource);
  return indexed
    ? sql`${raw(searchedText(searched, `${alias}.`))} ilike ${containing(text)}`
    : anyContains(textsOf(searched, `${alias}.`), text);
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
