import { LRUCache } from 'lru-cache';
import { withTables } from '../resources/held-references.ts';
import { hasActions, type Operation, type Resource } from '../resources/resource.ts';
import { shippedResources } from '../resources/shipped.ts';
import { compileStored } from '../resources/stored.ts';
import type { Queryable } from '../store/connection/pool.ts';
import { declarationsOf, findDeclaration, type StoredDeclaration } from '../store/resources/declared-resources.ts';
import { TaskError } from '../task/errors.ts';
import { type ActType, actionTypes, recordActionTypes } from '../task/task.ts';

/** What an action does, and to which resource. */
export interface Action {
  /** Such as `import-inventory-items`. */
  readonly name: string;
  readonly operation: Operation;
  readonly resource: Resource;
}

/** The resources that somebody has, and what can be done to them. */
export class Catalogue {
  /** Those that the program brings first. */
  readonly resources: readonly Resource[];
  readonly actions: readonly Action[];

  constructor(resources: readonly Resource[]) {
    this.resources = resources;
    this.actions = resources.flatMap((resource) =>
      resource.operations.flatMap((operation) => {
        const verbs = operation === 'act' ? actsOn(resource) : [operation];
        return verbs.map((verb) => ({ name: `${verb}-${resource.name}`, operation, resource }));
      }),
    );
  }

  /** The resource of that name. */
  find(name: string): Resource | undefined {
    return this.resources.find((resource) => resource.name === name);
  }

  /** The action of that name. */
  action(name: string): Action | undefined {
    return this.actions.find((action) => action.name === name);
  }

  /** The names of the resources with that operation. */
  resourceNames(operation: Operation): string[] {
    return this.resources.filter(({ operations }) => operations.includes(operation)).map(({ name }) => name);
  }

  /** The names of the actions with that operation. */
  actionNames(operation: Operation): string[] {
    return this.actions.filter((action) => action.operation === operation).map(({ name }) => name);
  }
}

/** What can be done to the records of a resource that takes actions. */
export function actsOn(resource: Resource): readonly ActType[] {
  return [...(hasActions(resource) ? actionTypes : []), ...recordActionTypes, 'revert'];
}

/** What every organization has: the resources that the program brings. */
export const shipped = new Catalogue(shippedResources);

/** For how long a process knows an organization's resources before it reads them again, ms. */
const FRESH = 1_000;
/** What is not found is looked for again, unless it was within this time, ms. */
const MISSED = 100;
/** Organizations, and versions, that a process knows at once. */
const MOST = 1_000;

interface Known {
  readonly catalogue: Promise<Catalogue>;
  readonly readAt: number;
}

/** What a process knows of a database. */
interface Knowledge {
  readonly organizations: LRUCache<string, Known>;
  /** A version never changes. */
  readonly versions: LRUCache<string, Resource>;
}

const known = new WeakMap<Queryable, Knowledge>();

function knowledgeOf(db: Queryable): Knowledge {
  const found = known.get(db) ?? { organizations: new LRUCache({ max: MOST }), versions: new LRUCache({ max: MOST }) };
  known.set(db, found);
  return found;
}

/**
 * The resources of an organization. What another process has declared is seen within a second, or at once by who looks for it by its name
 * (`findAction`, `findResource`).
 */
export function catalogueOf(db: Queryable, organizationId: string, fresh = FRESH): Promise<Catalogue> {
  const { organizations } = knowledgeOf(db);
  const now = performance.now();
  const before = organizations.get(organizationId);
  if (before && now - before.readAt < fresh) return before.catalogue;
  const catalogue = readCatalogue(db, organizationId);
  organizations.set(organizationId, { catalogue, readAt: now });
  catalogue.catch(() => organizations.delete(organizationId));
  return catalogue;
}

async function readCatalogue(db: Queryable, organizationId: string): Promise<Catalogue> {
  const declared = await declarationsOf(db, organizationId);
  if (declared.length === 0) return shipped;
  const resources = declared.flatMap((stored) => versionOf(db, stored) ?? []);
  const find = (name: string) => shipped.find(name) ?? resources.find((resource) => resource.name === name);
  return new Catalogue([...shipped.resources, ...resources.map((resource) => withTables(resource, find))]);
}

/** The resource of a stored version; `undefined` where this program cannot read it, which is no fault of others. */
function versionOf(db: Queryable, stored: StoredDeclaration): Resource | undefined {
  const { versions } = knowledgeOf(db);
  const resource = versions.get(stored.id) ?? compileStored(stored);
  if (resource) versions.set(stored.id, resource);
  return resource;
}

/** Forgets what this process knows of an organization's resources, or of all organizations', since they were changed. */
export function forgetCatalogue(db: Queryable, organizationId: string | null): void {
  const { organizations } = knowledgeOf(db);
  if (organizationId === null) organizations.clear();
  else organizations.delete(organizationId);
}

/** The organization's action of that name. */
export async function findAction(db: Queryable, organizationId: string, name: string): Promise<Action | undefined> {
  return (
    shipped.action(name) ??
    (await catalogueOf(db, organizationId)).action(name) ??
    (await catalogueOf(db, organizationId, MISSED)).action(name)
  );
}

/** The organization's resource of that name. @param fresh the age, ms, up to which what this process knows of it is good enough */
export async function findResource(
  db: Queryable,
  organizationId: string,
  name: string,
  fresh = FRESH,
): Promise<Resource | undefined> {
  return (
    shipped.find(name) ??
    (await catalogueOf(db, organizationId, fresh)).find(name) ??
    (await catalogueOf(db, organizationId, MISSED)).find(name)
  );
}

/**
 * A resource with the tables to which its references refer, as they are in force.
 *
 * @throws TaskError `table_changed` when one is not there any more, or does not fit any more
 */
export async function withReferences(db: Queryable, organizationId: string, resource: Resource): Promise<Resource> {
  const references = resource.adopted?.references ?? [];
  if (references.length === 0) return resource;
  const found = new Map<string, Resource>();
  for (const { resource: name } of references) {
    const other = name === undefined ? undefined : await findResource(db, organizationId, name);
    if (other) found.set(other.name, other);
  }
  const whole = withTables(resource, (name) => found.get(name));
  const lost = whole.adopted?.references.find(({ to }) => !to);
  if (!lost) return whole;
  throw new TaskError(
    'table_changed',
    `${resource.name} no longer fits ${lost.resource ?? resource.name}, to which ${lost.fields.join(', ')} refer: that resource was removed or changed.`,
  );
}

/** A task, as far as its resource can be told by it. */
export interface TaskOfResource {
  readonly action: string;
  /** The version with which it began; not given: it is of a resource that the program brings. */
  readonly resourceId?: string;
}

/** What a task's action is done to: the version of the resource with which it began. @throws TaskError when this server knows no such */
export async function resourceOf(db: Queryable, task: TaskOfResource): Promise<Resource> {
  const { action, resourceId } = task;
  const resource = resourceId === undefined ? shipped.action(action)?.resource : await findVersion(db, resourceId);
  if (!resource) throw new TaskError('unsupported_action', `This server does not know the action ${action}.`);
  return resource;
}

async function findVersion(db: Queryable, id: string): Promise<Resource | undefined> {
  const before = knowledgeOf(db).versions.get(id);
  if (before) return before;
  const stored = await findDeclaration(db, id);
  return stored && versionOf(db, stored);
}
