import { devices } from './declared/devices.ts';
import { identities } from './declared/identities.ts';
import { inventoryItems } from './declared/inventory-items.ts';
import { mdmUsers } from './declared/mdm-users.ts';
import type { Resource } from './resource.ts';

/** The resources that the program brings: those of the published pages. */
export const shippedResources: readonly Resource[] = [inventoryItems, mdmUsers, devices, identities];
