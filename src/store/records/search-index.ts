import { plainName } from '../../resources/declaration/names.ts';
import { inTransaction, type Pool, type Queryable } from '../connection/pool.ts';

/** A table whose columns of text are searched. */
export interface Searched {
  readonly table: string;
  /** Its columns of text, in the order in which they are declared. */
  readonly columns: readonly string[];
  /** Its columns that have several texts, lists and objects. */
  readonly plural: readonly string[];
}

/** The database cannot have search indexes; the message says what to do. */
export class SearchIndexError extends Error {
  override readonly name = 'SearchIndexError';
}

/** Texts shorter than this have no trigram to look for. */
export const INDEXED_LENGTH = 3;

/**
 * All texts of a record as one, separated by a character that nobody types. The index is on this expression, so a search must use it exactly:
 * `concat_ws` may not be in an index, since it is not immutable.
 *
 * @param alias of the table, with its dot; none where the index is made
 */
export function searchedText(searched: Searched, alias = ''): string {
  return `(${textsOf(searched, alias)
    .map((text) => `coalesce(${text}, '')`)
    .join(` || E'\\x1f' || `)})`;
}

/** The texts of a record. @param alias of the table, with its dot */
export function textsOf({ columns, plural }: Searched, alias: string): string[] {
  return [
    ...columns.map((column) => `${alias}${column}`),
    ...plural.map((column) => `searched_text(${alias}${column})`),
  ];
}

/** Whether the table has its search index, and it is complete. */
export async function hasSearchIndex(db: Queryable, { table }: Searched): Promise<boolean> {
  const { rows } = await db.query<{ valid: boolean }>(
    'select indisvalid as valid from pg_index where indexrelid = to_regclass($1)',
    [indexName(table)],
  );
  return rows[0]?.valid === true;
}

/**
 * Makes the search index while records are read and written; an incomplete one is rebuilt. Organization and trigrams are in
 * one index, so that what is another's is not looked at.
 *
 * @throws SearchIndexError when the database has no pg_trgm or btree_gin, or the role may not add them
 */
export async function addSearchIndex(pool: Pool, searched: Searched): Promise<void> {
  await addExtensions(pool);
  await removeSearchIndex(pool, searched);
  // Building it concurrently takes as long as it takes, and cannot be in a transaction.
  const session = await pool.connect();
  try {
    await session.query('set statement_timeout = 0');
    await session.query(
      `create index concurrently ${bareIndexName(searched.table)} on ${searched.table}
       using gin (organization_id, ${searchedText(searched)} gin_trgm_ops)`,
    );
  } finally {
    session.release(true);
  }
}

/** Removes it; one that is not there is no error. */
export async function removeSearchIndex(pool: Pool, { table }: Searched): Promise<void> {
  await pool.query(`drop index concurrently if exists ${indexName(table)}`);
}

async function addExtensions(pool: Pool): Promise<void> {
  try {
    await inTransaction(pool, async (tx) => {
      for (const name of EXTENSIONS) await tx.query(`create extension if not exists ${name}`);
    });
  } catch (error) {
    throw new SearchIndexError(
      `The database does not have ${EXTENSIONS.join(' and ')}, or this role is not allowed to create them (${(error as Error).message}). ` +
        `They are part of PostgreSQL's contrib modules; ask an administrator to run ${EXTENSIONS.map((name) => `"create extension ${name}"`).join(' and ')}.`,
    );
  }
}

const EXTENSIONS = ['pg_trgm', 'btree_gin'] as const;

/** The index is in the schema of its table; only where it is made, its name may not say so. */
function indexName(table: string): string {
  const schema = /^(?:"(?:[^"]|"")*"|[^".]+)\./.exec(table)?.[0] ?? '';
  return schema + bareIndexName(table);
}

function bareIndexName(table: string): string {
  return `${plainName(table)}_search`;
}
