import { compileStored } from '../../../resources/stored.ts';
import { planTable } from '../../../resources/tables/plan-table.ts';
import type { Pool } from '../../../store/connection/pool.ts';
import { declarationsOfOwner, type StoredDeclaration } from '../../../store/resources/declared-resources.ts';
import { readColumns } from '../../../store/resources/record-tables.ts';
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
  const resource = compileStored(stored);
  if (!resource) return ['It was declared by a newer version of OpenBulk.'];
  if (resource.adopted) return (await examineAdopted(pool, resource, resource.adopted)).map(({ message }) => message);
  const columns = await readColumns(pool, stored);
  if (!columns) return ['Its table is missing.'];
  const changes = planTable(resource, { columns, before: resource });
  return changes.map(({ sql }) => `The table was changed by someone else. To put it right: ${sql};`);
}
