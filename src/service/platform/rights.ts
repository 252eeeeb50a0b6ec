import { resourceOf, shipped, type TaskOfResource } from '../../operations/catalogue.ts';
import { hasActions, permissionFor, type Resource } from '../../resources/resource.ts';
import type { Queryable } from '../../store/connection/pool.ts';
import { type Origin, origins } from '../../task/origins.ts';
import { allows, type Permission, RESOURCE_VERBS, type ResourceVerb } from '../../task/permissions.ts';
import { importVerb, type Operation, type Task, type TaskWork } from '../../task/task.ts';
import type { TaskRef } from '../tasks/task-context.ts';
import { PermissionError } from './service-error.ts';

/** Who asks for something to be done, as far as it decides whether it is. */
export interface Asker {
  /** Those of the token. The dialect's own for the request, which its route declares, is checked before the service is asked. */
  readonly permissions: ReadonlySet<string>;
  /** The dialect in which it is asked. */
  readonly through: Origin;
}

/** A task, and the client that requests it. */
export interface AskedTask extends TaskRef {
  readonly asker: Asker;
}

/**
 * What is done to a task, whichever dialect it is asked in. Where a task stands (its status, its counters, what it was asked) everyone
 * sees who may see tasks in any of the dialects: it is one task in all of them.
 * - `steer`: cancel, pause, resume, change
 * - `remove`: delete, or put out of sight
 * - `correct`: submit corrected lines
 */
export type Verb = 'steer' | 'remove' | 'correct';

/**
 * What each dialect asks of those who do that to the tasks that were made in it. Who does it from another dialect needs both: the
 * permission of the dialect that is asked, and this one. A dialect without such a verb asks for what makes its tasks.
 */
const OWN = {
  organizations: {
    steer: 'base.bulk.management.update',
    remove: 'base.bulk.management.delete',
    correct: 'base.bulk.management.create',
  },
  activityid: {
    steer: 'activityid.user.bulk.patch',
    remove: 'activityid.user.bulk.patch',
    correct: 'activityid.user.bulk.patch',
  },
  actions: { steer: 'actions.bulk.job.cancel', remove: 'actions.bulk.job.delete', correct: 'actions.bulk.job.create' },
  'task-v2': { steer: 'task.update', remove: 'task.delete', correct: 'task.create' },
} as const satisfies Record<Origin, Record<Verb, Permission>>;

/** What it takes to read the lines that were sent: cells, and reasons that quote them. What else runs here has none. */
export const READ_LINES = {
  import: 'base.bulk.management.get',
  patch: 'activityid.user.bulk.get',
  act: undefined,
  export: undefined,
  external: undefined,
} as const satisfies Record<Operation, Permission | undefined>;

/** What it takes to submit an import, beside what the dialect asks that it is submitted in: what organizations ask. */
export const SUBMIT_IMPORT: Permission = 'base.bulk.management.create';

/** What it takes to see every resource that there is. */
const SEE_RESOURCES: Permission = 'base.bulk.management.list';

/**
 * What lets somebody work with the records of resources that come with the program, beside the permissions of the resource itself: any of
 * these is enough to see what such a resource is.
 */
const WORK = {
  import: [SUBMIT_IMPORT],
  patch: ['activityid.user.bulk.patch', 'activityid.user.bulk.get', 'activityid.user.bulk.list'],
  act: [
    'actions.bulk.preview',
    'actions.bulk.job.list',
    'actions.bulk.job.get',
    'actions.bulk.job.create',
    'actions.bulk.job.cancel',
    'actions.bulk.job.delete',
  ],
  export: [],
} as const satisfies Record<Resource['operations'][number], readonly Permission[]>;

/** What it takes to change or remove a resource. */
const MANAGE: Permission = 'base.bulk.resource.manage';

/** What a task is, as far as it decides who may do what to it. */
type Kind = Pick<Task, 'operation' | 'action'> & { readonly origin: string };

/** What a route may ask for beside its own permission: for the documents, and for `openbulk permissions`. */
export type Use =
  | Verb
  | 'force-remove'
  | 'read-lines'
  | 'read-result'
  | 'submit'
  | 'submit-import'
  | 'list-records'
  | 'act';

/** A permission that a route asks for beside its own, and when. */
export interface Further {
  readonly when: string;
  readonly permission: Permission;
}

/** What a route of a dialect may ask for beside its own permission; made of the tables above. */
export function furtherPermissions(use: Use, through: string): Further[] {
  if (use === 'read-result') return exports();
  if (use === 'list-records') return [...readers('for'), ofDeclared('list')];
  const importing = [ofDeclared('import'), ofDeclared('delete')];
  if (use === 'act') return [ofDeclared('act'), { ...ofDeclared('delete'), when: 'for delete' }];
  if (use === 'submit-import') return importing;
  if (use === 'submit') return [...exports(), { when: 'for an import', permission: SUBMIT_IMPORT }, ...importing];
  if (use === 'read-lines') return LINES.filter(({ dialect }) => dialect !== through);
  if (use === 'force-remove')
    return [...byOrigin('remove', through), ...byOrigin('steer', through, 'for a running task')];
  return byOrigin(use, through);
}

/** What lets somebody see a resource who may not see all (`maySee`); made of `permissionsOf`. A declaration can name others. */
export function permissionsInstead(): Further[] {
  const coming = shipped.resources.flatMap((resource) =>
    permissionsOf(resource).map((permission) => ({ when: `for ${resource.name}`, permission })),
  );
  const declared = [...RESOURCE_VERBS.map((verb): Permission => `resource.*.${verb}`), MANAGE];
  return [...coming, ...declared.map((permission) => ({ when: 'for a declared resource', permission }))];
}

function byOrigin(verb: Verb, through: string, which = 'for a task'): Further[] {
  return origins
    .filter((origin) => origin !== through)
    .map((origin) => ({ when: `${which} made in ${origin}`, permission: OWN[origin][verb] }));
}

/** Whose lines there are, and the dialect that shows them. */
const LINES = [
  { dialect: 'organizations', when: 'for the lines of an import', permission: READ_LINES.import },
  { dialect: 'activityid', when: 'for the lines of a patch', permission: READ_LINES.patch },
] as const;

/** Of exports of resources that come with the program, then of those that are declared. */
function exports(): Further[] {
  return [...readers('for an export of'), ofDeclared('export')];
}

function readers(when: string): Further[] {
  const exported = shipped.resources.filter(({ operations }) => operations.includes('export'));
  return exported.map(({ name, readBy }) => ({ when: `${when} ${name}`, permission: readBy }));
}

/** What a task does with its resource's records, as permissions name it. */
export function verbOf(task: TaskWork): ResourceVerb {
  return task.operation === 'import' ? importVerb(task.config) : 'import';
}

/** Instead of it, a token can have the one of that resource (`permissionFor`). */
function ofDeclared(verb: keyof typeof DECLARED): Further {
  return { when: DECLARED[verb], permission: `resource.*.${verb}` };
}

const DECLARED = {
  list: 'for a declared resource',
  import: 'for an import into a declared resource',
  act: 'for set',
  delete: 'for an import with the mode delete',
  export: 'for an export of a declared resource',
} as const;

/** @throws PermissionError when the task was made in another dialect, and the asker lacks that one's permission */
export function requireVerb({ permissions, through }: Asker, { origin }: Pick<Kind, 'origin'>, verb: Verb): void {
  if (origin !== through) requireAll(permissions, [permissionOf(origin, verb)]);
}

/** Whether a client can read the lines of a task. */
export function mayReadLines({ permissions }: Asker, { operation }: Pick<Kind, 'operation'>): boolean {
  const permission = READ_LINES[operation];
  return permission === undefined || permissions.has(permission);
}

/** @throws PermissionError */
export function requireLines(asker: Asker, task: Pick<Kind, 'operation'>): void {
  const permission = READ_LINES[task.operation];
  if (permission && !mayReadLines(asker, task)) throw new PermissionError([permission]);
}

/** Reading what a task made, which is records. @throws PermissionError */
export async function requireResult(
  db: Queryable,
  { permissions }: Asker,
  task: TaskOfResource & Pick<Kind, 'operation'>,
): Promise<void> {
  if (task.operation !== 'export') return;
  requireVerbOn(permissions, await resourceOf(db, task), 'export');
}

/** Doing that with records of a resource, beside what the dialect asks. @throws PermissionError */
export function requireVerbOn(permissions: ReadonlySet<string>, resource: Resource, verb: ResourceVerb): void {
  const permission = permissionFor(resource, verb);
  if (permission) requireAll(permissions, [permission]);
}

/** Whether somebody can see every resource. */
export function maySeeAll(permissions: ReadonlySet<string>): boolean {
  return permissions.has(SEE_RESOURCES);
}

/** Whether somebody can see what a resource is: they may see all of them, or may do anything at all with this one. */
export function maySee(permissions: ReadonlySet<string>, resource: Resource): boolean {
  return maySeeAll(permissions) || permissionsOf(resource).some((permission) => allows(permissions, permission));
}

/** What is missing of who cannot see a resource, whether it is there or not. */
export function unseen(): PermissionError {
  return new PermissionError([SEE_RESOURCES]);
}

/** Every permission that lets its holder do something with a resource. */
function permissionsOf(resource: Resource): Permission[] {
  const own = RESOURCE_VERBS.flatMap((verb) => permissionFor(resource, verb) ?? []);
  // The permissions of jobs alone are for actions on devices.
  const operations = resource.operations.filter((each) => each !== 'act' || hasActions(resource));
  if (resource.versionId === undefined) return [...own, ...operations.flatMap((each) => WORK[each])];
  return resource.owner ? [...own, MANAGE] : own;
}

/** @throws PermissionError that names all that are missing */
export function requireAll(permissions: ReadonlySet<string>, wanted: readonly Permission[]): void {
  const missing = [...new Set(wanted)].filter((permission) => !allows(permissions, permission));
  if (missing.length > 0) throw new PermissionError(missing);
}

function permissionOf(origin: string, verb: Verb): Permission {
  const own = origins.find((known) => known === origin);
  if (!own) throw new Error(`a task has an unknown dialect: ${origin}`);
  return OWN[own][verb];
}
