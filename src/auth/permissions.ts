/**
 * Every permission there is, with what it lets its holder do. In a token they are the values of `scope`; the names are
 * the contract's ("organizations").
 */
export const PERMISSIONS = {
  'base.bulk.management.list': 'List the tasks of an organization',
  'base.bulk.management.get': 'See one task, its report and its events',
  'base.bulk.management.create': 'Submit tasks',
  'base.bulk.management.update': 'Cancel, pause and resume tasks',
  'base.bulk.management.delete': 'Delete tasks that have ended',
  'inventory.item.management.list': 'List inventory items and take their sample file',
  'mdm.global.mdmUser.list': 'List MDM users and take their sample file',
} as const satisfies Record<string, string>;

export type Permission = keyof typeof PERMISSIONS;

/** All of them, in the order above. */
export const ALL_PERMISSIONS = Object.keys(PERMISSIONS).filter(isPermission);

/** Whether `name` is one of the closed list. */
export function isPermission(name: string): name is Permission {
  return Object.hasOwn(PERMISSIONS, name);
}
