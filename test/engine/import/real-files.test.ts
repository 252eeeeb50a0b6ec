import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readReport } from '../../../src/service/lines/read-report.ts';
import { ledgerOutcomes } from '../../support/data/generated.ts';
import { asked, type Bench, openBench } from '../../support/engine.ts';

/** Files as another product gives them to its users: a byte-order mark, columns of its own, dates such as 1/23/23, blank cells. */
const DATA = join(import.meta.dirname, '../../support/data');

let bench: Bench;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

test('the assets of another product are imported with a mapping, every line accounted for', async () => {
  const organization = await bench.organization('assets');
  const content = readFileSync(join(DATA, 'assets.csv'));
  const task = await bench.submit(organization, 'import-inventory-items', content, {
    mapping: {
      'identifiers.foreignId': 'Asset Tag',
      'basic.name': 'Name',
      'basic.location': 'Location',
      'basic.owner': 'Checked Out To: Email',
      'hardware.manufacturer': 'Manufacturer',
      'hardware.model': 'Model',
      'purchase.provider': 'Supplier',
      'purchase.order': 'Order Number',
      'purchase.orderDate': 'Purchase Date',
      'purchase.pricing': 'Purchase Cost',
      'purchase.partNumber': 'Model Number',
      'lifecycle.warrantyExpirationDate': 'Asset EOL Date',
    },
    constants: { 'basic.type': 'laptop' },
    dateFormat: 'M/D/YY',
  });
  const done = await bench.working(() => bench.finished(task));
  expect(done.status).toBe('completed');
  expect((await ledgerOutcomes(bench.pool, done)).size).toBe(done.counters.items);
  expect(done.counters).toEqual({ items: 22, inserts: 22, updates: 0, deletes: 0, skips: 0, errors: 0 });
  expect(done.warnings).toHaveLength(9);
  const { rows } = await bench.pool.query(
    `select * from inventory_items where organization_id = $1 and key = 'identifiers.foreignId:AT-1001'`,
    [organization],
  );
  expect(rows[0]).toMatchObject({
    basic_name: 'Drill',
    basic_location: 'Mill, Hill and Castle',
    hardware_model: 'Portable 13"',
    purchase_provider: 'Harbour, South and Bridge',
    purchase_order_date: '2023-01-23',
    purchase_pricing: '7396.93',
    lifecycle_warranty_expiration_date: '2028-10-27',
  });
});

test('the users of another product are imported with a mapping, every line accounted for', async () => {
  const organization = await bench.organization('users');
  const mapping = {
    email: 'Email',
    name: 'First Name',
    'metadata.lastName': 'Last Name',
    'metadata.jobTitle': 'Job Title',
    'metadata.location': 'Location',
  };
  const content = readFileSync(join(DATA, 'users.csv'));
  const task = await bench.submit(organization, 'import-mdm-users', content, { mapping });
  const done = await bench.working(() => bench.finished(task));
  expect(done.counters.items).toBe(100);
  expect(done.counters.inserts + done.counters.errors).toBe(100);
  const report = await readReport(bench, asked({ organizationId: organization, id: done.id }));
  for await (const line of report.lines()) expect(line.reason).not.toBe('');
  const { rows } = await bench.pool.query(
    `select name, metadata from mdm_users where organization_id = $1 and key = 'ada.adler0@example.com'`,
    [organization],
  );
  expect(rows[0]).toEqual({
    name: 'Ada',
    metadata: { lastName: 'Adler', jobTitle: 'Engineer 1', location: "Market, Garden and O'Station" },
  });
  const again = await bench.submit(organization, 'import-mdm-users', content, { mapping, override: true });
  expect((await bench.working(() => bench.finished(again))).counters).toMatchObject({
    inserts: 0,
    updates: 0,
    skips: done.counters.inserts,
  });
});
