import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileCriteria } from '../../src/operations/criteria/compile.ts';
import { shippedResource } from '../../src/resources/shipped.ts';
import { createOrganization } from '../../src/service/platform/organizations.ts';
import { readRecords, surveyRecords } from '../../src/store/records/record-pages.ts';
import { RECORD_ALIAS } from '../../src/store/records/record-source.ts';
import { putDevices } from '../support/data/devices.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const devices = shippedResource('devices');

let database: TestDatabase;
let organizationId: string;
let ids: readonly string[];
/** Every seventh of a hundred. */
let matching: readonly string[];

beforeAll(async () => {
  database = await createTestDatabase();
  organizationId = (await createOrganization(database, { slug: 'acme' })).id;
  ids = await putDevices(database.pool, organizationId, 100);
  matching = ids.filter((_, n) => n % 7 === 0);
  await database.pool.query('update devices set vlan = 7 where id = any($1)', [matching]);
});
afterAll(() => database.drop());

const set = () => ({
  organizationId,
  resource: devices,
  condition: compileCriteria(devices, { field: 'vlan', op: 'eq', value: '7' }, RECORD_ALIAS),
});

test.for([1, 2, 5, 7, 13, 99, 100, 101, 5_000])(
  'statements that look at %i records at most find each that matches once',
  async (reach) => {
    const last = ids.at(-1) as string;
    for (const limit of [1, 3, 1_000]) {
      const found: string[] = [];
      let statements = 0;
      for (let after: string | undefined, over = false; !over; statements += 1) {
        const page = await readRecords(database.pool, set(), { after, last, reach, limit });
        found.push(...page.records.map(({ id }) => id));
        after = page.reached ?? undefined;
        over = page.exhausted;
      }
      expect(found).toEqual(matching);
      expect(statements).toBeGreaterThanOrEqual(Math.floor(100 / Math.min(reach, 100)));
    }
    let total = 0;
    for (let after: string | undefined, over = false; !over; ) {
      const seen = await surveyRecords(database.pool, set(), { after, last, reach, names: 0 });
      total += seen.total;
      after = seen.reached ?? undefined;
      over = seen.exhausted;
    }
    expect(total).toBe(matching.length);
  },
);
