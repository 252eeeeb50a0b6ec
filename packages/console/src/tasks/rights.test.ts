import { describe, expect, test } from 'vitest';
import { rightsOf } from './rights.ts';

const ALL_HERE = ['base.bulk.management.update', 'base.bulk.management.delete', 'base.bulk.management.get'];
const none = { steer: false, remove: false, readLines: false, download: false };

describe('what may be done with a task', () => {
  test.each([
    ['import-mdm-users', ALL_HERE, { steer: true, remove: true, readLines: true, download: false }],
    ['patch-identities', ALL_HERE, none],
    [
      'patch-identities',
      [...ALL_HERE, 'activityid.user.bulk.patch', 'activityid.user.bulk.get'],
      { steer: true, remove: true, readLines: true, download: false },
    ],
    ['block-devices', ALL_HERE, { ...none, readLines: true }],
    ['block-devices', [...ALL_HERE, 'actions.bulk.job.cancel'], { ...none, steer: true, readLines: true }],
    ['LabelPrinter', [...ALL_HERE, 'task.delete'], { ...none, remove: true, readLines: true }],
    ['export-devices', ['task.download'], none],
    ['export-devices', ['task.download', 'network.device.management.list'], { ...none, download: true }],
  ])('%s, by who has %j', (action, permissions, rights) => {
    expect(rightsOf({ action }, permissions)).toEqual(rights);
  });
});
