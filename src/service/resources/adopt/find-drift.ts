import type { OwnersTable, Resource } from '../../../resources/resource.ts';
import { compileStored } from '../../../resources/stored.ts';
import { planTable } from '../../../resources/tables/plan-table.ts';
import type { Pool } from '../../../store/connection/pool.ts';
import type { Elsewhere } from '../../../store/elsewhere/databases.ts';
import { declarationsOfOwner, type StoredDeclaration } from '../../../store/resources/declared-resources.ts';
import { readColumns, readConstraints } from '../../../store/resources/record-tables.ts';
import { ServiceError } from '../../platform/service-error.ts';
import { planConstraints } from '../plan-references.ts';
import { examineAdopted } from './plan-adopted.ts';
import { findHeldReferences } from './plan-held.ts';
import { type Databases, inItsDatabase } from './table-database.ts';

/** A declared resource, and where its declaration and its table have come apart. */
export interface Drift {
  readonly name: string;
  /** With its schema. */
  readonly table: string;
  /** As sentences; none: they agree. */
  readonly problems: readonly string[];
}

/** Compares the declarations in force with their tables as they are now. @param owner an organization, or null: every organization */
export async function findDrift(
  { pool, elsewhere }: { readonly pool: Pool; readonly elsewhere?: Elsewhere },
  owner: string | null,
): Promise<Drift[]> {
  const found: Drift[] = [];
  for (const stored of await declarationsOfOwner(pool, owner)) {
    const { name, schema, table } = stored;
    const problems = await problemsOf({ db: pool, elsewhere }, stored);
    found.push({ name, table: `${schema}.${table}`, problems });
  }
  return found;
}

async function problemsOf(databases: Databases, stored: StoredDeclaration): Promise<string[]> {
  try {
    return await compareWithTable(databases, stored);
  } catch (error) {
    if (error instanceof ServiceError) return error.problems.map(({ message }) => message);
    throw error;
  }
}

async function compareWithTable(databases: Databases, stored: StoredDeclaration): Promise<string[]> {
  const resource = compileStored(stored);
  if (!resource) return ['It was declared by a newer version of OpenBulk.'];
  if (resource.adopted) {
    const held = await findHeldReferences(databases.db, stored.organizationId, { resource });
    const lost = held.problems.map(({ message }) => message);
    return [...lost, ...(await problemsThere(databases, held.resource, held.adopted))];
  }
  const columns = await readColumns(databases.db, stored);
  if (!columns) return ['Its table is missing.'];
  const present = { columns, before: resource, constraints: await readConstraints(databases.db, stored) };
  const constraints = await planConstraints(databases.db, stored.organizationId, { resource, table: stored.table });
  const changes = planTable(resource, constraints, present);
  return changes.map(({ sql }) => `The table was changed by someone else. To put it right: ${sql};`);
}

/** A database that cannot be reached is a problem of its tables alone. */
async function problemsThere(databases: Databases, resource: Resource, adopted: OwnersTable): Promise<string[]> {
  try {
    const found = await inItsDatabase(databases, adopted, (itsOwn) => examineAdopted(itsOwn, resource, adopted));
    return found.map(({ message }) => message);
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'unavailable') return [error.message];
    throw error;
  }
}
