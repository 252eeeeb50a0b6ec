/** What can be allowed of a declared resource. */
export const RESOURCE_VERBS = ['list', 'import', 'update', 'delete', 'export', 'act'] as const;
export type ResourceVerb = (typeof RESOURCE_VERBS)[number];

/** Names of resources: lowercase letters and digits, with single hyphens between them, at most 50 characters. */
export function isResourceName(name: string): boolean {
  return /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) && name.length <= MAX_RESOURCE_NAME;
}

/** Longest name of a resource, in characters: `import-` and a name are an action's. */
export const MAX_RESOURCE_NAME = 50;

/**
 * Every permission there is but those of single declared resources, with what it lets its holder do. In a token they are the values of `scope`; the names of those
 * of the organizations dialect are published, the others are formed alike (docs/api/permissions.md).
 */
export const PERMISSIONS = {
  'base.bulk.management.list': 'List the tasks of an organization, and all its resources',
  'base.bulk.management.get': 'Get a task, its report and its events',
  'base.bulk.management.create': 'Submit tasks',
  'base.bulk.management.update': 'Cancel, pause and resume tasks',
  'base.bulk.management.delete': 'Delete tasks that have ended',
  'base.bulk.resource.manage': 'Declare, change and remove resources',
  'resource.*.list': 'List the records of any declared resource, and get its sample file',
  'resource.*.import': 'Import into any declared resource',
  'resource.*.update': 'Change records of any declared resource',
  'resource.*.delete': 'Delete records of any declared resource',
  'resource.*.export': 'Export the records of any declared resource',
  'resource.*.act': 'Change or delete records of any declared resource by criteria',
  'inventory.item.management.list': 'List inventory items and get their sample file',
  'mdm.global.mdmUser.list': 'List MDM users and get their sample file',
  'network.device.management.list': 'List devices and get their sample file',
  'identity.user.management.list': 'List identities',
  'activityid.user.bulk.list': 'activityid: list bulks',
  'activityid.user.bulk.get': 'activityid: get a bulk and its results',
  'activityid.user.bulk.patch': 'activityid: patch users',
  'actions.bulk.preview': 'actions: preview the devices that criteria match',
  'actions.bulk.job.list': 'actions: list jobs',
  'actions.bulk.job.get': 'actions: get a job',
  'actions.bulk.job.create': 'actions: create jobs',
  'actions.bulk.job.cancel': 'actions: cancel jobs',
  'actions.bulk.job.delete': 'actions: delete jobs that have ended',
  'task.index': 'task-v2: search tasks',
  'task.view': 'task-v2: get a task',
  'task.create':
    'task-v2: create tasks; an export also needs the permission to list its records, an import the one to submit files',
  'task.update': 'task-v2: update tasks, as an external worker or to cancel them',
  'task.delete': 'task-v2: delete tasks',
  'task.download': 'task-v2: download the file of an export',
} as const satisfies Record<string, string>;

type ListedPermission = keyof typeof PERMISSIONS;

/** One of the list, or of a single declared resource, such as `resource.customers.import`. */
export type Permission = ListedPermission | `resource.${string}.${ResourceVerb}`;

/** All of the list, in the order above: everything. */
export const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as ListedPermission[];

/** Whether there is such a permission. Those of a declared resource are there before it is. */
export function isPermission(name: string): name is Permission {
  return Object.hasOwn(PERMISSIONS, name) || isOfResource(name);
}

function isOfResource(name: string): boolean {
  const [first, resource = '', verb, ...more] = name.split('.');
  return (
    first === 'resource' &&
    isResourceName(resource) &&
    RESOURCE_VERBS.some((known) => known === verb) &&
    more.length === 0
  );
}

/** What a permission lets its holder do. */
export function describePermission(permission: Permission): string {
  const listed: Readonly<Record<string, string>> = PERMISSIONS;
  const [, resource, verb] = permission.split('.');
  return listed[permission] ?? `Of the declared resource ${resource}: ${verb}`;
}

/** What a declared resource asks of whoever does that with its records. */
export function permissionOf(resource: string, verb: ResourceVerb): Permission {
  return `resource.${resource}.${verb}`;
}

/** Whether somebody with these permissions has that one: `resource.*.list` stands for the one of every declared resource. */
export function allows(permissions: ReadonlySet<string>, wanted: Permission): boolean {
  return permissions.has(wanted) || (isOfResource(wanted) && permissions.has(`resource.*.${wanted.split('.')[2]}`));
}
