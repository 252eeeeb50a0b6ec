import { compileStored } from '../../../resources/stored.ts';
import { planTable } from '../../../resources/tables/plan-table.ts';
import type { Pool } from '../../../store/connection/pool.ts';
import { declarationsOfOwner, type StoredDeclaration } from '../../../store/resources/declared-resources.ts';
import { readColumns, readConstraints } from '../../../store/resources/record-tables.ts';
import { ServiceError } from '../../platform/service-error.ts';
import { planConstraints } from '../plan-references.ts';
import { examineAdopted } from './plan-adopted.ts';

/** A declared resource, and where its declaration and its table have come apart. */
export interface Drift {
  readonly name: string;
  /** With its schema. */
  readonly table: string;
  /** As sentences; none: they agree. */
  readonly problems: readonly string[];
}

/** Compares the declarations in force with their tables as they are now. @param owner an organization, or null: every organization */
export async function findDrift({ pool }: { readonly pool: Pool }, owner: string | null): Promise<Drift[]> {
  const found: Drift[] = [];
  for (const stored of await declarationsOfOwner(pool, owner)) {
    const { name, schema, table } = stored;
    found.push({ name, table: `${schema}.${table}`, problems: await problemsOf(pool, stored) });
  }
  return found;
}

async function problemsOf(pool: Pool, stored: StoredDeclaration): Promise<string[]> {
  try {
    return await compareWithTable(pool, stored);
  } catch (error) {
    if (error instanceof ServiceError) return error.problems.map(({ message }) => message);
    throw error;
  }
}

async function compareWithTable(pool: Pool, stored: StoredDeclaration): Promise<string[]> {
  const resource = compileStored(stored);
  if (!resource) return ['It was declared by a newer version of OpenBulk.'];
  if (resource.adopted) return (await examineAdopted(pool, resource, resource.adopted)).map(({ message }) => message);
  const columns = await readColumns(pool, stored);
  if (!columns) return ['Its table is missing.'];
  const present = { columns, before: resource, constraints: await readConstraints(pool, stored) };
  const constraints = await planConstraints(pool, stored.organizationId, { resource, table: stored.table });
  const changes = planTable(resource, constraints, present);
  return changes.map(({ sql }) => `The table was changed by someone else. To put it right: ${sql};`);
}
