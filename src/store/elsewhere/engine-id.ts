import type { Queryable } from '../connection/pool.ts';
import { storeOwner } from '../files/stray-files.ts';

const known = new WeakMap<Queryable, Promise<string>>();

/** What OpenBulk's database is called in others, where its markers are beside those of other databases of OpenBulk. */
export function engineId(db: Queryable): Promise<string> {
  const id = known.get(db) ?? storeOwner(db);
  known.set(db, id);
  id.catch(() => known.delete(db));
  return id;
}
