import { devices } from './devices.ts';
import { identities } from './identities.ts';
import { inventoryItems } from './inventory-items.ts';
import { mdmUsers } from './mdm-users.ts';
import type { Resource } from './resource.ts';

/** The resources that the program brings: those of the published pages. */
export const shippedResources: readonly Resource[] = [inventoryItems, mdmUsers, devices, identities];
