import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyResource } from '../../../src/service/resources/apply-resource.ts';
import { type Bench, openBench } from '../../support/engine.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

test('an import finds the table of a resource as it is now, in sessions that have worked with it before', async () => {
  const owner = await bench.organization('altered');
  const declare = (...fields: object[]) =>
    applyResource(bench, {
      owner,
      mayAdopt: () => false,
      source: { fields: [{ name: 'k' }, ...fields], primaryKey: 'k', openbulk: { name: 'things' } },
    });
  const crashes: unknown[] = [];
  const meter = (event: { what: string }) => {
    if (event.what === 'crash') crashes.push(event);
  };
  await bench.working(
    async () => {
      const updates = async (times: number, file: (time: number) => string) => {
        for (let time = 0; time < times; time += 1) {
          const task = await bench.submit(owner, 'import-things', file(time), { override: true });
          expect(await bench.finished(task)).toMatchObject({ status: 'completed', counters: { errors: 0 } });
        }
      };
      await declare({ name: 'a', type: 'integer' });
      await updates(8, (time) => `k,a\nx,${time}\n`);
      await declare({ name: 'a', type: 'integer' }, { name: 'b' });
      await updates(4, (time) => `k,a,b\nx,${time},y\n`);
    },
    { meter },
  );
  expect(crashes).toEqual([]);
});
