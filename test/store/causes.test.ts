import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { errorCauses } from '../../src/store/ledger/causes.ts';
import { newId } from '../../src/task/ids.ts';
import { causesOf, type ErroredLine } from '../../src/task/ledger.ts';
import { type Bench, openBench, somebody } from '../support/engine.ts';

let bench: Bench;
let organization: string;

beforeAll(async () => {
  bench = await openBench();
  organization = await bench.organization('causes');
});
afterAll(() => bench.close());

interface Chunk {
  readonly errored: readonly ErroredLine[];
  /** Whether it was written when chunks had no causes. */
  readonly old: boolean;
}

/** A task with these chunks, of which the n-th starts at byte n. */
async function taskOf(chunks: readonly Chunk[]): Promise<string> {
  const id = newId();
  await bench.pool.query(
    `insert into tasks (operation, origin, id, organization_id, action, status, config, created_by)
     values ('import', 'organizations', $1, $2, 'x', 'completed', '{}', $3)`,
    [id, organization, somebody],
  );
  for (const [chunk, { errored, old }] of chunks.entries()) {
    await bench.pool.query(
      `insert into task_chunks (task_id, chunk, start_offset, start_line, last_line, items, inserts, updates, skips, errors,
         inserted, updated, skipped, errored, causes)
       values ($1, $2::int, $2::int, $2::int, 0, $3::int, 0, 0, 0, $3::int, '', '', '', $4, $5)`,
      [id, chunk, errored.length, JSON.stringify(errored), old ? null : JSON.stringify(causesOf(errored))],
    );
  }
  return id;
}

/** The causes by the plainest means. */
function plainly(chunks: readonly Chunk[]) {
  const all = chunks.flatMap(({ errored }, at) =>
    errored.map((line) => ({ ...line, start: { offset: at, line: at } })),
  );
  const keys = [...new Set(all.map(({ code, column }) => JSON.stringify([code, column ?? null])))];
  return keys.map((key) => {
    const [code, column] = JSON.parse(key);
    const lines = all.filter((each) => each.code === code && (each.column ?? null) === column);
    const examples = lines.slice(0, 3).map(({ line, reason, start }) => ({ line, reason, start }));
    return { code, column, count: lines.length, examples };
  });
}

test('the causes of a task are those of all its errored lines, of chunks with causes of their own and of older ones', async () => {
  const error = fc.record(
    { code: fc.constantFrom('required', 'too_long', 'exists'), column: fc.constantFrom('a', 'b c', 'c') },
    { requiredKeys: ['code'] },
  );
  const chunk = fc.record({ errors: fc.array(error, { maxLength: 12 }), old: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 6 }), async (drawn) => {
      let line = 1;
      const chunks = drawn.map(({ errors, old }) => ({
        old,
        errored: errors.map((each) => {
          line += 1;
          return { ...each, line, reason: `“${line}”` } as ErroredLine;
        }),
      }));
      const found = await errorCauses(bench.pool, await taskOf(chunks));
      const counts = found.map(({ count }) => count);
      expect(counts).toEqual(counts.toSorted((a, b) => b - a));
      expect(found).toHaveLength(plainly(chunks).length);
      expect(found).toEqual(expect.arrayContaining(plainly(chunks)));
    }),
    { numRuns: 40 },
  );
});

test('they come from what each chunk kept of them, and its errors are not read', async () => {
  const header = 'basic.name,basic.type,identifiers.serialNumber,purchase.pricing';
  const lines = Array.from(
    { length: 60 },
    (_, i) => `Item ${i},${i % 3 === 0 ? '' : 'laptop'},C${i},${i === 40 ? 'x' : 1}`,
  );
  const csv = `${header}\n${lines.join('\n')}\n`;
  const task = await bench.submit(organization, 'import-inventory-items', csv);
  await bench.working(() => bench.finished(task), { chunkRows: 10 });
  const before = await errorCauses(bench.pool, task.id);
  expect(before.map(({ code, count }) => [code, count])).toEqual([
    ['required', 20],
    ['invalid_value', 1],
  ]);
  expect(before[0]?.examples.map(({ line, start }) => [line, start.line])).toEqual([
    [2, 2],
    [5, 2],
    [8, 2],
  ]);
  await bench.pool.query(
    `update task_chunks set errored = (select jsonb_agg('{}'::jsonb) from generate_series(1, errors)) where task_id = $1 and errors > 0`,
    [task.id],
  );
  expect(await errorCauses(bench.pool, task.id)).toEqual(before);
});
