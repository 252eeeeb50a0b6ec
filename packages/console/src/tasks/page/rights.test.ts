import { describe, expect, test } from 'vitest';
import { rightsOf } from './rights.ts';

const ALL_HERE = ['base.bulk.management.update', 'base.bulk.management.delete', 'base.bulk.management.get'];
const PATCH = { origin: 'activityid', operation: 'patch', resource: 'identities' } as const;
const ACT = { origin: 'actions', operation: 'act', resource: 'devices' } as const;
const EXPORT = { origin: 'task-v2', operation: 'export', resource: 'devices' } as const;
const HANDLER = { origin: 'task-v2', operation: 'external' } as const;
/** An import of a file that was uploaded before. */
const STORED = { origin: 'task-v2' } as const;
const DEVICES = {
  name: 'devices',
  permissions: { list: 'network.device.management.list', export: 'network.device.management.list' },
};
const none = { steer: false, remove: false, readLines: false, download: false };

describe('what may be done with a task', () => {
  test.each([
    [{}, ALL_HERE, { steer: true, remove: true, readLines: true, download: false }],
    [PATCH, ALL_HERE, none],
    [
      PATCH,
      [...ALL_HERE, 'activityid.user.bulk.patch', 'activityid.user.bulk.get'],
      { steer: true, remove: true, readLines: true, download: false },
    ],
    [ACT, ALL_HERE, { ...none, readLines: true }],
    [ACT, [...ALL_HERE, 'actions.bulk.job.cancel'], { ...none, steer: true, readLines: true }],
    [HANDLER, [...ALL_HERE, 'task.delete'], { ...none, remove: true, readLines: true }],
    [STORED, ALL_HERE, { ...none, readLines: true }],
    [EXPORT, ['task.download'], none],
    [EXPORT, ['task.download', 'network.device.management.list'], { ...none, download: true }],
  ] as const)('%j, by who has %j', (task, permissions, rights) => {
    expect(rightsOf(task, permissions, [DEVICES])).toEqual(rights);
  });
});
