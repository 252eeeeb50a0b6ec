import { devices } from './declared/devices.ts';
import { identities } from './declared/identities.ts';
import { inventoryItems } from './declared/inventory-items.ts';
import { mdmUsers } from './declared/mdm-users.ts';
import type { Resource } from './resource.ts';

/** Every resource there is. */
export const resources: readonly Resource[] = [inventoryItems, mdmUsers, devices, identities];

/** The resource of that name. */
export function findResource(name: string): Resource | undefined {
  return resources.find((resource) => resource.name === name);
}
