import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyPatches } from '../../../src/operations/patch/apply.ts';
import { compilePatchCheck, type PatchLine } from '../../../src/operations/patch/check.ts';
import { shippedResource } from '../../../src/resources/shipped.ts';
import { inTransaction } from '../../../src/store/connection/pool.ts';
import { Wire } from '../../../src/store/connection/wire.ts';
import type { Task } from '../../../src/task/task.ts';
import { failAt } from '../../support/crashes/fail-at.ts';
import { expireLeases, killWorkers, startWorker } from '../../support/crashes/worker-process.ts';
import {
  canonical,
  patchesArbitrary,
  patchSerially,
  readPatchLedger,
  readUsers,
  submitPatch,
  type User,
} from '../../support/data/patches.ts';
import { type Bench, openBench } from '../../support/engine.ts';
import { runs } from '../../support/runs.ts';

const resource = shippedResource('identities');

let bench: Bench;
let made = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  killWorkers();
  await bench.close();
});

/** Submits the files one after the other, each run by `run`, and compares users and ledgers with the serial oracle. */
async function compare(files: readonly string[][], run: (task: Task) => Promise<Task>): Promise<void> {
  made += 1;
  const organization = await bench.organization(`serial-${made}`);
  const users: User[] = [];
  for (const lines of files) {
    const expected = patchSerially(lines, users);
    // A file without a byte is nothing to process.
    const done = await run(await submitPatch(bench, organization, `${lines.join('\n')}\n`));
    expect(done.status).toBe('completed');
    expect(await readPatchLedger(bench.pool, done)).toEqual(expected);
    expect(await readUsers(bench.pool, organization)).toEqual(users.map(canonical).sort());
  }
}

test('users and ledger equal those of merging the lines one at a time, whatever the size of the chunks', async () => {
  const arbitrary = fc.tuple(
    fc.array(patchesArbitrary, { minLength: 1, maxLength: 3 }),
    fc.integer({ min: 1, max: 60 }),
  );
  await fc.assert(
    fc.asyncProperty(arbitrary, ([files, chunkRows]) =>
      compare(files, (task) => bench.working(() => bench.finished(task), { chunkRows, sliceMilliseconds: 1 })),
    ),
    { numRuns: runs(40) },
  );
}, 300_000);

test('users and ledger equal those of merging the lines one at a time, although workers are killed at random', async () => {
  const kill = fc.record({
    place: fc.constantFrom('after-claim', 'before-commit', 'after-commit', 'before-finish', 'after-finish'),
    passes: fc.integer({ min: 1, max: 6 }),
  });
  const arbitrary = fc.tuple(
    patchesArbitrary,
    patchesArbitrary,
    fc.integer({ min: 1, max: 12 }),
    fc.array(kill, { minLength: 1, maxLength: 2 }),
  );
  await fc.assert(
    fc.asyncProperty(arbitrary, ([first, second, chunkRows, kills]) =>
      compare([first, second], async (task) => {
        for (const { place, passes } of kills) {
          const worker = startWorker(bench, {
            OPENBULK_CHUNK_ROWS: String(chunkRows),
            OPENBULK_SLICE_MS: '1',
            ...failAt(`${place}=kill@${passes}`),
          });
          await Promise.race([worker.exited(), bench.finished(task, 60_000)]);
          worker.kill('SIGKILL');
          await worker.exited();
          await expireLeases(bench);
          await inTransaction(bench.pool, async (tx) => bench.turns.give(tx, task.organizationId));
        }
        return bench.working(() => bench.finished(task), { chunkRows });
      }),
    ),
    { numRuns: runs(5) },
  );
}, 300_000);

async function patch(slug: string, content: string | Buffer): Promise<{ organization: string; done: Task }> {
  const organization = await bench.organization(slug);
  const task = await submitPatch(bench, organization, content);
  return { organization, done: await bench.working(() => bench.finished(task)) };
}

test('what is wrong with a line is said of the line, and the others are merged', async () => {
  const deep = `${'{"a":'.repeat(150)}1${'}'.repeat(150)}`;
  const lines = [
    '{"object_id":"1","name":"Ann"}',
    '{"name":"nobody"}',
    '{"object_id":1}',
    '{"pulse_id":null}',
    '{"object_id":" "}',
    `{"object_id":"${'x'.repeat(257)}"}`,
    '["object_id","1"]',
    '"object_id"',
    'object_id',
    '{"object_id":"1","note":"\\u0000"}',
    '{"object_id":"1","note":"\\ud800"}',
    '{"object_id":"1","size":1e999}',
    `{"object_id":"1","deep":${deep}}`,
    `{"object_id":"2","deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    `{"object_id":"3","long":"${'x'.repeat(1024 * 1024)}"}`,
    '{"pulse_id":"p","name":"Bea"}',
    '{"object_id":"1","pulse_id":"p"}',
    '{"object_id":"1","pulse_id":"q"}',
    '{"object_id":"1","pulse_id":"r"}',
    `{"object_id":"1","__proto__":{"polluted":true}}`,
  ];
  const { organization, done } = await patch('bad-lines', lines.join('\n'));
  expect(done.status).toBe('completed');
  expect(await readPatchLedger(bench.pool, done)).toEqual({
    inserted: [1, 16],
    updated: [18, 20],
    skipped: [],
    errored: [
      [2, 'missing_key'],
      [3, 'invalid_value'],
      [4, 'invalid_value'],
      [5, 'invalid_value'],
      [6, 'too_long'],
      [7, 'not_an_object'],
      [8, 'not_an_object'],
      [9, 'invalid_json'],
      [10, 'invalid_encoding'],
      [11, 'invalid_encoding'],
      [12, 'invalid_json'],
      [13, 'too_deep'],
      [14, 'too_deep'],
      [15, 'row_too_large'],
      [17, 'conflicting_ids'],
      [19, 'conflicting_ids'],
    ],
  });
  expect(await readUsers(bench.pool, organization)).toEqual([
    '{"document":{"__proto__":{"polluted":true},"name":"Ann"},"objectId":"1","pulseId":"q"}',
    '{"document":{"name":"Bea"},"objectId":null,"pulseId":"p"}',
  ]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  const { rows } = await bench.pool.query('select errored from task_chunks where task_id = $1', [done.id]);
  const reasons = rows.flatMap(({ errored }) => errored.map(({ reason }: { reason: string }) => reason));
  expect(reasons[1]).toBe('object_id must be a string; found 1.');
  expect(reasons.at(-1)).toBe(
    'object_id "1" and pulse_id "r" are not ids of the same record: the existing record has the pulse_id "q". Use only one of them.',
  );
});

test('a document grows to 1 MiB of JSON and no further', async () => {
  const half = 'x'.repeat(500_000);
  const lines = [`{"object_id":"1","a":"${half}"}`, `{"object_id":"1","b":"${half}"}`];
  lines.push(`{"object_id":"1","c":"${half}"}`, '{"object_id":"1","a":null}', `{"object_id":"1","c":"${half}"}`);
  const { organization, done } = await patch('grown', lines.join('\n'));
  const ledger = { inserted: [1], updated: [2, 4, 5], skipped: [], errored: [[3, 'document_too_large']] };
  expect(await readPatchLedger(bench.pool, done)).toEqual(ledger);
  expect(await readUsers(bench.pool, organization)).toEqual([
    canonical({ document: { b: half, c: half }, objectId: '1', pulseId: null }),
  ]);
});

test('large documents, of which a chunk holds only some at a time, end as their lines say', async () => {
  const large = 'x'.repeat(900_000);
  const ids = Array.from({ length: 20 }, (_, index) => `u${index}`);
  const { organization } = await patch('large', ids.map((id) => `{"object_id":"${id}","a":"${large}"}`).join('\n'));
  const small = ['"n":1', '"n":1', '"n":2,"m":{"o":1}'].flatMap((patch) =>
    ids.map((id) => `{"object_id":"${id}",${patch}}`),
  );
  const task = await submitPatch(bench, organization, small.join('\n'));
  const done = await bench.working(() => bench.finished(task));
  expect(done.counters).toEqual({ items: 60, inserts: 0, updates: 40, deletes: 0, skips: 20, errors: 0 });
  const { rows: chunks } = await bench.pool.query('select max(items) as most from task_chunks where task_id = $1', [
    task.id,
  ]);
  expect(chunks[0].most).toBeLessThan(20);
  const document = { a: large, n: 2, m: { o: 1 } };
  expect(await readUsers(bench.pool, organization)).toEqual(
    ids.map((objectId) => canonical({ objectId, pulseId: null, document })).sort(),
  );
});

test('a large document that one chunk makes and then changes many times ends as its lines say', async () => {
  const large = 'x'.repeat(900_000);
  const changes = Array.from({ length: 50 }, (_, n) => `{"object_id":"1","n":${n}}`);
  const { organization, done } = await patch(
    'made-and-changed',
    [`{"object_id":"1","a":"${large}"}`, ...changes].join('\n'),
  );
  expect(done.counters).toEqual({ items: 51, inserts: 1, updates: 50, deletes: 0, skips: 0, errors: 0 });
  const document = { a: large, n: 49 };
  expect(await readUsers(bench.pool, organization)).toEqual([canonical({ objectId: '1', pulseId: null, document })]);
});

test('what would change nothing is not written, whatever the order of the members', async () => {
  const { organization } = await patch(
    'unchanged',
    '{"object_id":"1","a":{"x":1,"y":[1,2]},"b":-0,"c":1.0,"d":[{"x":1,"long":2}]}\n',
  );
  const stamp = async () =>
    (await bench.pool.query('select xmin, updated_at from identities where organization_id = $1', [organization])).rows;
  const before = await stamp();
  const again = await submitPatch(
    bench,
    organization,
    '{"c":1,"b":0,"a":{"y":[1,2],"x":1,"z":null},"object_id":"1","gone":null,"d":[{"long":2,"x":1}]}\n',
  );
  const done = await bench.working(() => bench.finished(again));
  expect(done.counters).toMatchObject({ items: 1, skips: 1 });
  expect(await stamp()).toEqual(before);
});

test('a user that another transaction makes in between is found when the chunk is done anew', async () => {
  const organizationId = await bench.organization('in-between');
  const check = compilePatchCheck(resource);
  const line = (value: object) => check({ line: 1, value: value as never }) as PatchLine;
  let tries = 0;
  const apply = (lines: PatchLine[]) =>
    inTransaction(bench.pool, (tx) => {
      tries += 1;
      return applyPatches(tx, { resource, organizationId }, lines);
    });
  const other = await bench.pool.connect();
  const theirs = new Wire(other);
  await theirs.query('begin');
  await applyPatches(theirs, { resource, organizationId }, [line({ pulse_id: 'p', name: 'theirs', age: 1 })]);
  await theirs.answered();
  const ours = [line({ object_id: 'o', pulse_id: 'p', name: 'ours' })];
  const applying = apply(ours);
  for (let waiting = 0; waiting === 0; ) {
    const { rows } = await bench.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    waiting = rows.length;
  }
  await theirs.query('commit');
  other.release();
  expect(await applying).toEqual(['updated']);
  expect(tries).toBe(2);
  expect(await readUsers(bench.pool, organizationId)).toEqual([
    '{"document":{"age":1,"name":"ours"},"objectId":"o","pulseId":"p"}',
  ]);
});

test('bulks that patch the same users at the same time lose nothing', async () => {
  const organization = await bench.organization('at-once');
  const ids = Array.from({ length: 300 }, (_, index) => `u${index}`);
  const tasks: Task[] = [];
  for (let bulk = 0; bulk < 4; bulk += 1) {
    const turned = bulk % 2 === 0 ? ids : ids.toReversed();
    const lines = turned.map((id) => JSON.stringify({ object_id: id, [`m${bulk}`]: bulk }));
    tasks.push(await submitPatch(bench, organization, lines.join('\n')));
  }
  await bench.working(
    () => bench.working(() => Promise.all(tasks.map((task) => bench.finished(task))), { chunkRows: 40 }),
    { chunkRows: 40 },
  );
  const { rows } = await bench.pool.query(
    `select count(*) as users from identities where organization_id = $1 and document = '{"m0":0,"m1":1,"m2":2,"m3":3}'`,
    [organization],
  );
  expect(rows).toEqual([{ users: 300 }]);
});

test('a file that is compressed, or begins with a byte-order mark, is read as it is meant', async () => {
  const text = '\ufeff{"object_id":"1","name":"Änne"}\r\n\r\n{"object_id":"2"}';
  for (const [slug, content] of [
    ['marked', Buffer.from(text)],
    ['gzipped', gzipSync(text)],
  ] as const) {
    const { organization, done } = await patch(slug, content);
    expect(await readPatchLedger(bench.pool, done)).toMatchObject({ inserted: [1, 3] });
    expect(await readUsers(bench.pool, organization)).toContain(
      '{"document":{"name":"Änne"},"objectId":"1","pulseId":null}',
    );
  }
});
