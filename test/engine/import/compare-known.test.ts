import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyImport } from '../../../src/operations/import/apply/apply.ts';
import { compareKnown } from '../../../src/operations/import/apply/compare-known.ts';
import type { ImportTarget } from '../../../src/operations/import/apply/target.ts';
import { shippedResource } from '../../../src/resources/shipped.ts';
import { inTransaction } from '../../../src/store/connection/pool.ts';
import { CopyRows } from '../../../src/targets/copy-rows.ts';
import { type Bench, openBench } from '../../support/engine.ts';
import { runs } from '../../support/runs.ts';

const resource = shippedResource('inventory-items');

let bench: Bench;
let made = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const columns = ['basic_name', 'basic_type', 'basic_description', 'purchase_pricing', 'purchase_order_date'];

interface Item {
  readonly key: string;
  readonly values: readonly (string | null)[];
}

async function newTarget(override: boolean): Promise<ImportTarget> {
  made += 1;
  const organizationId = await bench.organization(`compare-${made}`);
  return {
    resource,
    organizationId,
    override,
    inserts: true,
    columns,
    dryRun: false,
    memory: { known: 0, changed: 0 },
  };
}

function rowsOf({ organizationId }: ImportTarget, items: readonly Item[]): CopyRows {
  const rows = new CopyRows({ organizationId });
  for (const [index, item] of items.entries()) rows.add(index + 2, { ...item, removes: false });
  return rows;
}

const compare = (target: ImportTarget, rows: CopyRows, indices: readonly number[]) =>
  inTransaction(bench.pool, (tx) => compareKnown(tx, target, rows, indices, () => {}));

// What COPY, JSON, SQL strings and UTF-8 each have a special way with; all that PostgreSQL can hold.
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\\', '\t', '\n', '\r', '\b', '\f', '\v', "'", '"', 'N', '{', ',', 'ä', '😀', '\x01', '\x7f'),
    fc.string({ minLength: 1, maxLength: 3, unit: 'grapheme-ascii' }),
  ),
  minLength: 1,
  maxLength: 12,
});
const item = fc.record({
  key: nasty,
  values: fc.tuple(
    nasty,
    nasty,
    fc.option(nasty),
    fc.option(fc.constantFrom('0', '12.5', '-3')),
    fc.option(fc.constantFrom('2026-01-31', '0001-01-01')),
  ),
});
const items = fc.uniqueArray(item, { selector: ({ key }) => key, minLength: 1, maxLength: 40 });

test('of records as they were written none is new and none differs, whatever they hold', async () => {
  await fc.assert(
    fc.asyncProperty(items, items, async (known, others) => {
      const target = await newTarget(true);
      await inTransaction(bench.pool, (tx) => applyImport(tx, target, rowsOf(target, known)));
      const keys = new Map(known.map(({ key, values }) => [key, values]));
      const asked = [...known, ...others.filter(({ key }) => !keys.has(key))];
      const fresh = asked.map((_, i) => i).slice(known.length);
      const rows = rowsOf(target, asked);
      expect(
        await compare(
          target,
          rows,
          asked.map((_, i) => i),
        ),
      ).toEqual({ fresh, differing: [] });

      const changed = known
        .filter((_, i) => i % 2 === 0)
        .map(({ key, values }) => ({ key, values: [`${values[0]}!`, ...values.slice(1)] }));
      const mixed = [...changed, ...known.filter((_, i) => i % 2 === 1)];
      const indices = mixed.map((_, i) => i);
      expect(await compare(target, rowsOf(target, mixed), indices)).toEqual({
        fresh: [],
        differing: indices.slice(0, changed.length),
      });
    }),
    { numRuns: runs(60) },
  );
});

test('more records than come in one piece are told apart, and only those that are asked for', async () => {
  const target = await newTarget(true);
  const all = Array.from({ length: 5_000 }, (_, i) => ({
    key: `K${i}`,
    values: [`n${i}`, 'laptop', 'x'.repeat(i % 300), null, null],
  }));
  await inTransaction(bench.pool, (tx) => applyImport(tx, target, rowsOf(target, all)));
  const now = all.map(({ key, values }, i) => ({ key, values: i % 1_000 === 7 ? [null, ...values.slice(1)] : values }));
  const even = all.map((_, i) => i).filter((i) => i % 2 === 0);
  expect(await compare(target, rowsOf(target, now), even)).toEqual({ fresh: [], differing: [] });
  expect(
    (
      await compare(
        target,
        rowsOf(target, now),
        all.map((_, i) => i),
      )
    ).differing,
  ).toEqual([7, 1_007, 2_007, 3_007, 4_007]);
});

test('records that may not change are only looked for', async () => {
  const target = await newTarget(false);
  const [known, other] = [
    { key: 'A', values: ['a', 'laptop', null, null, null] },
    { key: 'B', values: ['b', 'laptop', null, null, null] },
  ];
  await inTransaction(bench.pool, (tx) => applyImport(tx, target, rowsOf(target, [known])));
  const rows = rowsOf(target, [{ ...known, values: ['changed', 'laptop', null, null, null] }, other]);
  expect(await compare(target, rows, [0, 1])).toEqual({ fresh: [1], differing: [] });
});
