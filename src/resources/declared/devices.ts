import { choice, integer, ipAddress, macAddress, text, timestamp } from '../cells/types.ts';
import type { Resource } from '../resource.ts';

/** What can be in force on a device (docs/api/actions.md "Action types"; a device that is cleaned up is gone). */
export const DEVICE_ACTIONS = ['block', 'deny', 'throttle', 'monitor', 'allow'] as const;

const short = text(256);
// IEEE 802.1Q: a VLAN id has 12 bits; 4095 is reserved, and 0 (a priority tag) means no VLAN.
const vlan = integer(0, 4_094);

/**
 * docs/api/resources.md "devices". The table also has `action_stack jsonb`, which nothing shows: what the device goes
 * back to when its action's time is over.
 */
export const devices: Resource = {
  name: 'devices',
  table: 'devices',
  operations: ['import', 'act', 'export'],
  readBy: 'network.device.management.list',
  key: { columns: ['mac'] },
  columns: [
    { name: 'mac', sql: 'mac', type: macAddress, required: true, examples: ['00:1a:2b:3c:4d:5e', '00:1a:2b:3c:4d:5f'] },
    { name: 'ip', sql: 'ip', type: ipAddress, examples: ['10.0.3.17', '2001:db8::17'] },
    { name: 'hostname', sql: 'hostname', type: short, examples: ['ada-mbp', 'printer-3'] },
    { name: 'vendor', sql: 'vendor', type: short, examples: ['Apple, Inc.', 'HP Inc.'] },
    { name: 'vlan', sql: 'vlan', type: vlan, examples: ['30', '40'] },
    { name: 'site', sql: 'site', type: short, examples: ['Madrid', 'Warehouse'] },
    { name: 'firstSeen', sql: 'first_seen', type: timestamp, examples: ['2026-01-31T09:00:00Z', '2026-02-14 08:30'] },
    { name: 'lastSeen', sql: 'last_seen', type: timestamp, examples: ['2026-02-28T17:45:00Z', ''] },
    { name: 'action', sql: 'action', type: choice(DEVICE_ACTIONS), readOnly: true },
    { name: 'actionReason', sql: 'action_reason', type: text(2_000), readOnly: true },
    { name: 'actionUntil', sql: 'action_until', type: timestamp, readOnly: true },
  ],
  // The `job_id` of the job that put the action in force: what that one did is told by it, whatever criteria it had.
  unlisted: [{ name: 'actionJob', sql: 'action_job', type: text(36), readOnly: true }],
};
