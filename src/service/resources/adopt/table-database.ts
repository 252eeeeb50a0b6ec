import type { Queryable } from '../../../store/connection/pool.ts';
import { type Elsewhere, NOWHERE } from '../../../store/elsewhere/databases.ts';
import { ElsewhereError } from '../../../store/elsewhere/errors.ts';
import { makeMarkers } from '../../../store/elsewhere/marker-table.ts';
import { ServiceError } from '../../platform/service-error.ts';
import { markersProblem } from './plan-adopted.ts';

/** OpenBulk's database, and the others. */
export interface Databases {
  readonly db: Queryable;
  readonly elsewhere?: Elsewhere | undefined;
}

/**
 * Looks at a table where it is.
 *
 * @throws ServiceError `unavailable` when its database is not known here, or cannot be reached; what `look` throws
 */
export async function inItsDatabase<T>(
  { db, elsewhere = NOWHERE }: Databases,
  { connection }: { readonly connection?: string },
  look: (db: Queryable) => Promise<T>,
): Promise<T> {
  if (connection === undefined) return look(db);
  try {
    return await elsewhere.get(connection).read(look);
  } catch (error) {
    if (!(error instanceof ElsewhereError)) throw error;
    throw new ServiceError('unavailable', error.message);
  }
}

/** Makes what imports need in another database. @throws ServiceError `invalid` when the role there may not; as `inItsDatabase` */
export async function prepareDatabase(databases: Databases, connection: string): Promise<void> {
  const needed = await inItsDatabase(databases, { connection }, makeMarkers);
  if (needed.length > 0) {
    throw new ServiceError('invalid', 'The table cannot be used as it is declared.', [
      markersProblem(connection, needed),
    ]);
  }
}
