import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImportConfig } from '../../../src/task/task.ts';
import { type Bench, openBench } from '../../support/engine.ts';

/** Keys that cannot be right are warned of: many devices would become one record. */
let bench: Bench;
let made = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

async function warningsOf(serials: readonly string[], config: Partial<ImportConfig> = {}): Promise<readonly string[]> {
  made += 1;
  const organization = await bench.organization(`suspect-${made}`);
  const rows = serials.map((serial, at) => `Device ${at},laptop,${serial}\n`).join('');
  const csv = `basic.name,basic.type,identifiers.serialNumber\n${rows}`;
  const task = await bench.submit(organization, 'import-inventory-items', csv, config);
  const done = await bench.working(() => bench.finished(task));
  expect(done.status).toBe('completed');
  return done.warnings;
}

const many = (count: number, prefix = 'S') => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
const times = (count: number, serial: string) => new Array<string>(count).fill(serial);

test.each([false, true])(
  'a rounded number, a placeholder and what is on many lines are warned of (dry run: %s)',
  async (dryRun) => {
    const serials = [
      ...times(30, 'To be filled by O.E.M.'),
      ...times(20, '8.93401E+18'),
      ...times(12, 'STOCK'),
      'n/a',
      ...many(50),
    ];
    const warnings = await warningsOf(serials, dryRun ? { dryRun } : {});
    expect(warnings).toEqual([
      expect.stringMatching(
        /^identifiers\.serialNumber is "To be filled by O\.E\.M\." on at least 30 lines, .*placeholder/,
      ),
      expect.stringMatching(/^identifiers\.serialNumber is "8\.93401E\+18" on at least 20 lines, .*rounded it/),
      expect.stringMatching(/^identifiers\.serialNumber is "STOCK" on at least 12 lines.*placeholder\./),
      expect.stringMatching(/^identifiers\.serialNumber is "n\/a" on 1 line:/),
    ]);
  },
);

test('those of all chunks are added up', async () => {
  const serials = many(12_000);
  for (let at = 0; at < serials.length; at += 100) serials[at] = 'Default string';
  expect(await warningsOf(serials)).toEqual([expect.stringContaining('"Default string" on at least 120 lines')]);
});

test.each([
  ['1E10', '8.93401E-5', '4E+1'],
  ['111', 'NONE-1', 'X200', '1234567890123'],
])('serial numbers are not', async (...serials) => {
  expect(await warningsOf([...serials, ...times(9, 'AGAIN')])).toEqual([]);
});
