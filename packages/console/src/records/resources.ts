import type { ImportAction } from '../imports/resources.ts';

/** What a column's values are: by it they are shown, asked for and compared. */
export type Kind = 'text' | 'number' | 'moment' | 'date' | 'ip' | 'mac' | 'choice' | 'list' | 'document';

export interface Column {
  /** As the API and files name it; dots go into objects. */
  readonly name: string;
  readonly kind: Kind;
  /** Whether the list shows it by default. */
  readonly shown?: true;
}

/** A kind of record, as the API lists it. */
export interface RecordResource {
  readonly path: `/v1/organizations/{organizationId}/${'inventory-items' | 'mdm/users' | 'devices' | 'identities'}`;
  readonly permission: string;
  /** The action that takes them from a file, where there is one. */
  readonly importAction?: ImportAction;
  readonly columns: readonly Column[];
  /** Beside the columns, any name that begins so. */
  readonly open?: { readonly prefix: string; readonly kind: Kind };
}

/** What can be in force on a device. */
export const deviceActions = ['block', 'deny', 'throttle', 'monitor', 'allow'] as const;

export const resources = {
  'inventory-items': {
    path: '/v1/organizations/{organizationId}/inventory-items',
    permission: 'inventory.item.management.list',
    importAction: 'import-inventory-items',
    columns: [
      { name: 'basic.name', kind: 'text', shown: true },
      { name: 'basic.type', kind: 'text', shown: true },
      { name: 'basic.status', kind: 'text', shown: true },
      { name: 'basic.description', kind: 'text' },
      { name: 'basic.location', kind: 'text', shown: true },
      { name: 'basic.owner', kind: 'text', shown: true },
      { name: 'basic.classification', kind: 'text' },
      { name: 'hardware.manufacturer', kind: 'text' },
      { name: 'hardware.model', kind: 'text' },
      { name: 'hardware.osName', kind: 'text' },
      { name: 'hardware.osVersion', kind: 'text' },
      { name: 'network.hostname', kind: 'text' },
      { name: 'network.ipAddress', kind: 'ip' },
      { name: 'network.macAddress', kind: 'mac' },
      { name: 'purchase.provider', kind: 'text' },
      { name: 'purchase.order', kind: 'text' },
      { name: 'purchase.orderDate', kind: 'date' },
      { name: 'purchase.pricing', kind: 'number' },
      { name: 'purchase.frequency', kind: 'text' },
      { name: 'purchase.partNumber', kind: 'text' },
      { name: 'purchase.currency', kind: 'text' },
      { name: 'identifiers.serialNumber', kind: 'text', shown: true },
      { name: 'identifiers.imei', kind: 'text' },
      { name: 'identifiers.udid', kind: 'text' },
      { name: 'identifiers.foreignId', kind: 'text', shown: true },
      { name: 'seats.available', kind: 'number' },
      { name: 'seats.total', kind: 'number' },
      { name: 'lifecycle.warrantyExpirationDate', kind: 'date' },
      { name: 'lifecycle.expectedUsefulLife', kind: 'number' },
    ],
  },
  'mdm-users': {
    path: '/v1/organizations/{organizationId}/mdm/users',
    permission: 'mdm.global.mdmUser.list',
    importAction: 'import-mdm-users',
    columns: [
      { name: 'email', kind: 'text', shown: true },
      { name: 'name', kind: 'text', shown: true },
      { name: 'managedAppleId', kind: 'text', shown: true },
      { name: 'tags', kind: 'list', shown: true },
      { name: 'language', kind: 'text', shown: true },
    ],
    open: { prefix: 'metadata.', kind: 'text' },
  },
  devices: {
    path: '/v1/organizations/{organizationId}/devices',
    permission: 'network.device.management.list',
    importAction: 'import-devices',
    columns: [
      { name: 'mac', kind: 'mac', shown: true },
      { name: 'ip', kind: 'ip', shown: true },
      { name: 'hostname', kind: 'text', shown: true },
      { name: 'vendor', kind: 'text', shown: true },
      { name: 'vlan', kind: 'number' },
      { name: 'site', kind: 'text', shown: true },
      { name: 'firstSeen', kind: 'moment' },
      { name: 'lastSeen', kind: 'moment', shown: true },
      { name: 'action', kind: 'choice', shown: true },
      { name: 'actionReason', kind: 'text' },
      { name: 'actionUntil', kind: 'moment' },
    ],
  },
  identities: {
    path: '/v1/organizations/{organizationId}/identities',
    permission: 'identity.user.management.list',
    columns: [
      { name: 'object_id', kind: 'text', shown: true },
      { name: 'pulse_id', kind: 'text', shown: true },
    ],
    open: { prefix: 'document.', kind: 'document' },
  },
} as const satisfies Record<string, RecordResource>;

export type ResourceName = keyof typeof resources;

export const resourceNames = Object.keys(resources) as ResourceName[];

export function isResource(name: string | undefined): name is ResourceName {
  return name !== undefined && Object.hasOwn(resources, name);
}

export function resourceOf(name: ResourceName): RecordResource {
  return resources[name];
}

/** The column of that name, an open one too; `undefined` when the resource has none. */
export function findColumn({ columns, open }: RecordResource, name: string): Column | undefined {
  const own = columns.find((column) => column.name === name);
  if (own) return own;
  return open && name.length > open.prefix.length && name.startsWith(open.prefix)
    ? { name, kind: open.kind }
    : undefined;
}
