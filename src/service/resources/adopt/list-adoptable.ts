import { RECORDS_SCHEMA } from '../../../resources/tables/plan-table.ts';
import type { Pool } from '../../../store/connection/pool.ts';
import { isOurTable } from '../../../store/platform/our-tables.ts';
import { declarationsOf } from '../../../store/resources/declared-resources.ts';
import { type ListedRelation, listRelations } from '../../../targets/adopted/shape/list-relations.ts';
import { notFound, ServiceError } from '../../platform/service-error.ts';
import { type AdoptedDeclaration, adoptTable } from './adopt-table.ts';
import type { AdoptionRules } from './adoption-rules.ts';

/** Tables that are looked at in one request: each takes some queries of the catalogue. */
const MOST = 200;

/** A table that an organization may adopt. */
export interface AdoptableTable extends ListedRelation {
  /** Why it cannot be used as it is, as sentences; none: it can. */
  readonly reasons: readonly string[];
  /** Resources of the organization that use it already. */
  readonly resources: readonly string[];
}

interface Context {
  readonly pool: Pool;
  /** Not given: no organization can adopt anything. */
  readonly adoption?: AdoptionRules;
}

/** Who asks. */
interface Adopter {
  readonly organizationId: string;
  readonly slug: string;
}

/** The tables that an organization may adopt, and no others: of those it learns nothing, not even that they are there. */
export async function listAdoptable(
  context: Context,
  { organizationId, slug }: Adopter,
): Promise<{ readonly tables: readonly AdoptableTable[]; readonly more: number }> {
  const { pool } = context;
  const allowed = await allowedTables(context, slug);
  const declared = await declarationsOf(pool, organizationId);
  const tables: AdoptableTable[] = [];
  for (const relation of allowed.slice(0, MOST)) {
    const { schema, table } = relation;
    const used = declared.filter((stored) => stored.schema === schema && stored.table === table);
    tables.push({ ...relation, reasons: await whyNot(pool, relation), resources: used.map(({ name }) => name) });
  }
  return { tables, more: Math.max(0, allowed.length - MOST) };
}

/**
 * The declaration with which the organization adopts a table.
 *
 * @param name of the table, with its schema and a dot between them
 * @param column that says whose a record is
 * @throws ServiceError `not_found` also when it may not adopt it; `invalid` with the reasons why nobody can
 */
export async function declareAdoptable(
  context: Context,
  { organizationId, slug }: Adopter,
  { name, column }: { readonly name: string; readonly column?: string },
): Promise<AdoptedDeclaration> {
  const found = (await allowedTables(context, slug)).find(({ schema, table }) => `${schema}.${table}` === name);
  if (!found) throw notFound();
  const { schema, table } = found;
  const given = { schema, table, owner: organizationId, ...(column !== undefined && { organization: column }) };
  return adoptTable(context.pool, given);
}

async function allowedTables({ pool, adoption }: Context, slug: string): Promise<ListedRelation[]> {
  const schemas = adoption?.schemasOf(slug).filter((schema) => schema !== RECORDS_SCHEMA) ?? [];
  if (schemas.length === 0) return [];
  const found: ListedRelation[] = [];
  for (const relation of await listRelations(pool, schemas)) {
    if (adoption?.allow(slug, relation) && !(await isOurTable(pool, relation))) found.push(relation);
  }
  return found;
}

async function whyNot(pool: Pool, { schema, table }: ListedRelation): Promise<string[]> {
  try {
    await adoptTable(pool, { schema, table });
    return [];
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const reasons = error.problems.map(({ message }) => message);
    return reasons.length > 0 ? reasons : [error.message];
  }
}
