import { createHash } from 'node:crypto';
import { shipped } from '../../operations/catalogue.ts';
import { compileResource } from '../../resources/compile.ts';
import { parseDeclaration } from '../../resources/declaration/parse.ts';
import { printDeclaration } from '../../resources/declaration/print.ts';
import type { Resource } from '../../resources/resource.ts';
import { compileStored } from '../../resources/stored.ts';
import { planTable, RECORDS_SCHEMA } from '../../resources/tables/plan-table.ts';
import type { Queryable } from '../../store/connection/pool.ts';
import { countVersions, findInForce, ownersOfName, type StoredDeclaration } from '../../store/resources/declared-resources.ts';
import { countRecords, countValues, readColumns } from '../../store/resources/record-tables.ts';
import { ServiceError } from '../platform/service-error.ts';

/** Whose resource it is: an organization's, or, with null, every organization's. */
export type Owner = string | null;

/** A declaration as it was given. */
export interface GivenDeclaration {
  /** Its JSON or YAML, or its value. */
  readonly source: unknown;
  /** That the resource must have, where it is said beside the declaration. */
  readonly name?: string;
  /** What its file is called, of which a name is made where it has none. */
  readonly file?: string;
}

/** What a declaration would change. */
export interface ResourcePlan {
  readonly name: string;
  /** Tells this plan from any other: what is applied must be what was seen. */
  readonly hash: string;
  /** `none`: the resource is as declared already. */
  readonly action: 'create' | 'change' | 'none';
  /** SQL, in the order in which it runs. */
  readonly statements: readonly string[];
  /** Columns whose values would be removed, and how many records have one. */
  readonly losses: readonly Loss[];
}

interface Loss {
  readonly column: string;
  readonly records: number;
}

/** Where the records of a resource are. */
interface Place {
  readonly schema: string;
  readonly table: string;
}

/** A plan and what it is made of. */
export interface Planned {
  readonly plan: ResourcePlan;
  /** The declaration as it is kept. */
  readonly text: string;
  readonly place: Place;
}

/**
 * What a declaration would change in the database; nothing is changed.
 *
 * @throws ServiceError `invalid` with all that is wrong with it; `conflict` where its name is taken, its key would change, or its table is gone
 */
export async function planResource(db: Queryable, owner: Owner, given: GivenDeclaration): Promise<Planned> {
  const declaration = readDeclaration(given);
  await requireFreeName(db, owner, declaration.name);
  const before = await findInForce(db, owner, declaration.name);
  const place = before ?? { schema: RECORDS_SCHEMA, table: await newTable(db, owner, declaration.name) };
  const resource = compileResource(declaration, place);
  const present = before && (await requireTable(db, before, resource));
  const changes = planTable(resource, present);
  const losses: Loss[] = [];
  for (const { loses } of changes) {
    if (loses !== undefined) losses.push({ column: loses, records: await countValues(db, resource.table, loses) });
  }
  const text = printDeclaration(declaration);
  const statements = changes.map(({ sql }) => sql);
  const same = before?.declaration === text && statements.length === 0;
  const hash = hashOf([owner, before?.id, text, statements]);
  const action = before ? (same ? 'none' : 'change') : 'create';
  return { plan: { name: declaration.name, hash, action, statements, losses }, text, place };
}

function readDeclaration({ source, name, file }: GivenDeclaration) {
  const parsed = parseDeclaration(source, name ?? file);
  if ('problems' in parsed) {
    const problems = parsed.problems.map(({ pointer, message, advice }) => ({
      field: `declaration${pointer}`,
      message: advice === undefined ? message : `${message} ${advice}`,
    }));
    throw new ServiceError('invalid', 'The declaration is not valid.', problems);
  }
  const { declaration } = parsed;
  if (name === undefined || declaration.name === name) return declaration;
  const message = `must be ${name}, the name that the request gives the resource`;
  throw new ServiceError('invalid', 'The declaration is not valid.', [
    { field: 'declaration/openbulk/name', message },
  ]);
}

/** An organization has one resource of a name: those of every organization, and of the program, included. */
async function requireFreeName(db: Queryable, owner: Owner, name: string): Promise<void> {
  const others = (await ownersOfName(db, name)).filter((other) => other !== owner);
  const taken = shipped.find(name) !== undefined || (owner === null ? others.length > 0 : others.includes(null));
  if (!taken) return;
  const whose = shipped.find(name) ? 'OpenBulk has' : owner === null ? 'An organization has' : 'Every organization has';
  throw new ServiceError('conflict', `${whose} a resource named ${name}. Choose another name.`);
}

/** The same for the same owner, name and number of earlier versions, so that a plan stays the same until something changes. */
async function newTable(db: Queryable, owner: Owner, name: string): Promise<string> {
  const versions = await countVersions(db, owner, name);
  const whose = owner === null ? '' : `_${hashOf([owner]).slice(0, 8)}`;
  return `${name.replaceAll('-', '_')}${whose}${versions === 0 ? '' : `_${versions + 1}`}`;
}

async function requireTable(
  db: Queryable,
  before: StoredDeclaration,
  resource: Resource,
): Promise<ReadonlyMap<string, string>> {
  const present = await readColumns(db, before);
  if (!present) {
    const message = `The table ${resource.table} of the resource ${before.name} is not there. Delete the resource, and declare it anew.`;
    throw new ServiceError('conflict', message);
  }
  const old = compileStored(before);
  if (old && JSON.stringify(old.key) !== JSON.stringify(resource.key)) {
    const records = await countRecords(db, resource.table);
    if (records > 0) {
      const message = `The key cannot be changed while there are records: ${records}. Delete them, or declare another resource.`;
      throw new ServiceError('conflict', message);
    }
  }
  return present;
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
