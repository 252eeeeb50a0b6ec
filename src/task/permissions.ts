/**
 * Every permission there is, with what it lets its holder do. In a token they are the values of `scope`; the names of those
 * of the organizations dialect are published, the others are formed alike (docs/api/permissions.md).
 */
export const PERMISSIONS = {
  'base.bulk.management.list': 'List the tasks of an organization',
  'base.bulk.management.get': 'Get a task, its report and its events',
  'base.bulk.management.create': 'Submit tasks',
  'base.bulk.management.update': 'Cancel, pause and resume tasks',
  'base.bulk.management.delete': 'Delete tasks that have ended',
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

/** What it takes to do something to a resource that is declared, where the declaration names no other permission. */
export type ResourcePermission = `resource.${string}`;

export type Permission = keyof typeof PERMISSIONS | ResourcePermission;

/** What a permission lets its holder do. */
export function describePermission(name: Permission): string {
  return isPermission(name) ? PERMISSIONS[name] : 'Work with a resource that is declared';
}

/** All of them, in the order above. */
export const ALL_PERMISSIONS = Object.keys(PERMISSIONS).filter(isPermission);

/** Whether `name` is one of the closed list. */
export function isPermission(name: string): name is keyof typeof PERMISSIONS {
  return Object.hasOwn(PERMISSIONS, name);
}
