import { afterAll, beforeAll, expect, test } from 'vitest';
import { shipped } from '../../src/service/resources/catalogue.ts';
import { checkImport } from '../../src/service/submit/check-import.ts';
import { firstLines } from '../../src/store/ledger/ledger.ts';
import type { Task } from '../../src/task/task.ts';
import { openServer, type TestServer } from '../api/server.ts';
import { register, registeredDevices } from '../support/data/devices.ts';

let bench: TestServer;

beforeAll(async () => {
  bench = await openServer();
});
afterAll(() => bench.close());

async function importing(
  organization: string,
  content: string,
  config: Parameters<TestServer['submit']>[3] = {},
): Promise<Task> {
  const task = await bench.submit(organization, 'import-devices', content, config);
  return bench.working(() => bench.finished(task));
}

async function stored(organization: string, columns: string): Promise<Record<string, unknown>[]> {
  const { rows } = await bench.pool.query(`select ${columns} from devices where organization_id = $1 order by key`, [
    organization,
  ]);
  return rows;
}

test('a device is told by its MAC address in any notation', async () => {
  const organization = await bench.organization('notations');
  const task = await importing(
    organization,
    'mac,hostname\n00:1A:2B:3C:4D:5E,a\n00-1a-2b-3c-4d-5e,b\n001a.2b3c.4d5e,c\n001A2B3C4D5E,d\n00:1a:2b:3c:4d,e\n,f\n',
    { override: true },
  );
  expect(task.counters).toEqual({ items: 6, inserts: 1, updates: 3, deletes: 0, skips: 0, errors: 2 });
  expect(await stored(organization, 'key, mac, hostname')).toEqual([
    { key: '00:1a:2b:3c:4d:5e', mac: '00:1a:2b:3c:4d:5e', hostname: 'd' },
  ]);
});

test('moments are stored as instants, and the same instant in another writing changes nothing', async () => {
  const organization = await bench.organization('moments');
  await importing(organization, 'mac,firstSeen,lastSeen,vlan\n001a2b3c4d5e,2026-01-31 09:00,2026-02-01,4094\n');
  const again = await importing(
    organization,
    'mac,firstSeen,lastSeen,vlan\n001a2b3c4d5e,2026-01-31T10:00:00+01:00,2026-02-01T00:00:00Z,+4094\n001a2b3c4d5f,,,4095\n001a2b3c4d60,noon,,\n',
    { override: true },
  );
  expect(again.counters).toEqual({ items: 3, inserts: 0, updates: 0, deletes: 0, skips: 1, errors: 2 });
  expect((await firstLines(bench.pool, [again.id], 10)).get(again.id)?.errored).toMatchObject([
    { line: 3, code: 'invalid_value', reason: 'vlan must be a whole number from 0 to 4094; found "4095".' },
    { line: 4, code: 'invalid_value', column: 'firstSeen', reason: expect.stringContaining('"noon"') },
  ]);
  expect(await stored(organization, 'first_seen, last_seen, vlan')).toEqual([
    { first_seen: new Date('2026-01-31T09:00:00Z'), last_seen: new Date('2026-02-01T00:00:00Z'), vlan: 4094 },
  ]);
});

test('what bulk actions set is not imported: a column of that name is left out and warned of', async () => {
  const organization = await bench.organization('read-only');
  const header = 'mac,Action,actionReason,actionUntil';
  const task = await importing(organization, `${header}\n001a2b3c4d5e,block,because,2026-01-31\n`);
  expect(task).toMatchObject({ status: 'completed', counters: { inserts: 1 } });
  expect(task.warnings).toEqual([
    'The column "Action" is not used: action is read-only: it is set by bulk actions.',
    'The column "actionReason" is not used: actionReason is read-only: it is set by bulk actions.',
    'The column "actionUntil" is not used: actionUntil is read-only: it is set by bulk actions.',
  ]);
  await bench.pool.query(`update devices set action = 'deny' where organization_id = $1`, [organization]);
  await importing(organization, `${header},hostname\n001a2b3c4d5e,,,,host\n`, { override: true });
  expect(await stored(organization, 'hostname, action, action_reason, action_until, action_stack')).toEqual([
    { hostname: 'host', action: 'deny', action_reason: null, action_until: null, action_stack: [] },
  ]);
});

test('a mapping to what bulk actions set is refused, and so are actions that a resource does not take', () => {
  const config = { override: false, mapping: { actionUntil: 'Until' }, constants: { ACTION: 'block', x: '1' } };
  expect(checkImport(shipped, 'import-devices', config)).toEqual([
    { field: 'mapping.actionUntil', message: 'actionUntil is read-only: it is set by bulk actions' },
    { field: 'constants.ACTION', message: 'action is read-only: it is set by bulk actions' },
    {
      field: 'constants.x',
      message: 'devices has no column "x"; it has mac, ip, hostname, vendor, vlan, site, firstSeen, lastSeen',
    },
  ]);
  expect(checkImport(shipped, 'import-identities', { override: false })).toMatchObject([{ field: 'action' }]);
});

test('every registered address block is a device with its vendor, exactly', async () => {
  const organization = await bench.organization('vendors');
  const vendors = registeredDevices();
  expect(vendors.size).toBe(Object.keys(register).length);
  const lines = [...vendors].map(([mac, vendor]) => `${mac.toUpperCase()},"${vendor.replaceAll('"', '""')}"\n`);
  const task = await importing(organization, `mac,vendor\n${lines.join('')}`);
  const all = { items: vendors.size, deletes: 0, skips: 0, updates: 0, errors: 0 };
  expect(task.counters).toEqual({ ...all, inserts: vendors.size });
  expect(new Map((await stored(organization, 'mac, vendor')).map(({ mac, vendor }) => [mac, vendor]))).toEqual(vendors);

  const again = await importing(organization, `mac,vendor\n${lines.join('')}`, { override: true });
  expect(again.counters).toEqual({ ...all, inserts: 0, skips: vendors.size });

  const list = '/v1/organizations/vendors/devices?sort=createdAt:asc&limit=1000';
  const { json } = await bench.ask(`${list}&page=51`, { token: await bench.token(organization) });
  expect(json.data?.totalDocs).toBe(vendors.size);
  const items = json.data?.items as unknown as { mac: string; vendor: string }[];
  expect(items.map(({ mac, vendor }) => [mac, vendor])).toEqual([...vendors].slice(50_000, 51_000));
});
