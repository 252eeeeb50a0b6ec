import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LedgerLine, readLines } from '../../src/store/ledger/ledger.ts';
import { newId } from '../../src/task/ids.ts';
import { causesOf, type ErroredLine, formatLines, type Outcome } from '../../src/task/ledger.ts';
import { type Bench, openBench, somebody } from '../support/engine.ts';

let bench: Bench;
let organization: string;

beforeAll(async () => {
  bench = await openBench();
  organization = await bench.organization('ledger-lines');
});
afterAll(() => bench.close());

const OUTCOMES = ['inserted', 'updated', 'deleted', 'skipped', 'errored'] as const;
const CODES = ['required', 'too_long'] as const;
const COLUMNS = ['a', 'b', undefined];

/** Makes a task whose lines have these outcomes: line by line from 2 on, so many in a chunk. */
async function taskOf(outcomes: readonly Outcome[], inChunk: number): Promise<{ id: string; lines: LedgerLine[] }> {
  const id = newId();
  await bench.pool.query(
    `insert into tasks (operation, origin, id, organization_id, action, status, config, created_by)
     values ('import', 'organizations', $1, $2, 'x', 'completed', '{}', $3)`,
    [id, organization, somebody],
  );
  const lines = outcomes.map((outcome, index): LedgerLine => {
    const line = index + 2;
    const offset = index - (index % inChunk);
    const column = COLUMNS[line % COLUMNS.length];
    const error = { code: CODES[line % 2] as 'required', reason: `It is line ${line}.`, ...(column && { column }) };
    return { line, outcome, start: { offset, line: offset + 2 }, ...(outcome === 'errored' && error) } as LedgerLine;
  });
  for (let from = 0; from < lines.length; from += inChunk) {
    const chunk = lines.slice(from, from + inChunk);
    const [inserted = [], updated = [], deleted = [], skipped = []] = OUTCOMES.map((one) =>
      chunk.filter(({ outcome }) => outcome === one).map(({ line }) => line),
    );
    const errored = chunk.flatMap(({ start: _, outcome, ...error }) =>
      outcome === 'errored' ? [error as ErroredLine] : [],
    );
    const { start } = chunk[0] as LedgerLine;
    await bench.pool.query(
      `insert into task_chunks (task_id, chunk, start_offset, start_line, last_line, items, inserts, updates, deletes, skips, errors,
         inserted, updated, deleted, skipped, errored, causes)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
      [
        ...[id, from / inChunk, start.offset, start.line, chunk.at(-1)?.line],
        ...[chunk.length, inserted.length, updated.length, deleted.length, skipped.length, errored.length],
        ...[inserted, updated, deleted, skipped].map(formatLines),
        JSON.stringify(errored),
        errored.length > 0 ? JSON.stringify(causesOf(errored)) : null,
      ],
    );
  }
  return { id, lines };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** In runs, so that some chunks have outcomes that others lack. */
const runs = fc
  .array(fc.tuple(fc.constantFrom(...OUTCOMES), fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 12 })
  .map((lengths) => lengths.flatMap(([outcome, length]) => new Array<Outcome>(length).fill(outcome)));

test('the lines of a task are given in order, each with its outcome and its chunk, and only those that are wanted', async () => {
  const filter = fc.record({
    outcomes: fc.subarray([...OUTCOMES], { minLength: 1 }),
    after: fc.integer({ min: 0, max: 100 }),
    errored: fc.record(
      { code: fc.constantFrom(...CODES), column: fc.constantFrom('a', 'b', 'other') },
      { requiredKeys: [] },
    ),
  });
  await fc.assert(
    fc.asyncProperty(runs, fc.integer({ min: 1, max: 40 }), fc.array(filter, { minLength: 5 }), async (...given) => {
      const [outcomes, inChunk, filters] = given;
      const { id, lines } = await taskOf(outcomes, inChunk);
      for (const wanted of filters) {
        const { code, column } = wanted.errored;
        const plainly = lines.filter((line) => {
          if (line.line <= wanted.after || !wanted.outcomes.includes(line.outcome)) return false;
          if (line.outcome !== 'errored') return true;
          return (code ?? line.code) === line.code && (column ?? line.column) === line.column;
        });
        expect(await all(readLines(bench.pool, id, wanted))).toEqual(plainly);
      }
    }),
    { numRuns: 20 },
  );
});

test('of a chunk with thousands of errors some are read at a time, and none twice', async () => {
  const outcomes = Array.from({ length: 2_600 }, (_, index): Outcome => (index % 5 === 0 ? 'skipped' : 'errored'));
  // Exactly as many as are read at once are in the first chunk.
  for (const inChunk of [625, 2_600]) {
    const { id, lines } = await taskOf(outcomes, inChunk);
    const read = readLines(bench.pool, id, { outcomes: ['skipped', 'errored'] });
    expect(await all(read)).toEqual(lines);
  }
});
