import { rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { runSweep } from '../../../src/engine/cleanup/sweep.ts';
import { openDiskStore } from '../../../src/files/disk.ts';
import type { FileStore } from '../../../src/files/file-store.ts';
import { ServiceError } from '../../../src/service/platform/service-error.ts';
import { withIntake } from '../../../src/service/submit/intake.ts';
import { submitUpload } from '../../../src/service/submit/submit-upload.ts';
import { openPool } from '../../../src/store/connection/pool.ts';
import { adoptFile, announceFiles, takeFilesToRemove } from '../../../src/store/files/files.ts';
import { newId } from '../../../src/task/ids.ts';
import { clear, storeFile, sweep } from '../../support/data/retention.ts';
import { comparison, storedFiles, unfinishedFiles } from '../../support/data/stored-files.ts';
import { type Bench, openBench, somebody } from '../../support/engine.ts';

let bench: Bench;
let organizationId: string;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());
afterEach(() => vi.restoreAllMocks());
beforeEach(async () => {
  await clear(bench);
  await bench.pool.query('delete from task_parts');
  organizationId = await bench.organization('acme');
});

/** Puts a file that was written so many hours ago and that nothing names. */
async function put(hours: number, files: FileStore = bench.files): Promise<string> {
  const { key } = await files.put(
    (async function* () {
      yield Buffer.from('stray');
    })(),
  );
  const then = Date.now() / 1_000 - hours * 3_600;
  await utimes(join(bench.dataDir, 'files', key), then, then);
  return key;
}

test('what no row names is removed when it is older than an hour; what any row names stays, whatever its age', async () => {
  const fresh = await put(0.9);
  const strays = [await put(1.1), await put(900)];
  const { key: known } = await storeFile(bench, organizationId);
  const [announced, part, unfinishedPart] = [await put(5), await put(5), await put(5)];
  await announceFiles(bench.pool, [announced]);
  const task = newId();
  await bench.pool.query(
    'insert into task_parts (key, task_id, first_row, size) values ($1, $3, 0, 5), ($2, $3, 1, null)',
    [part, unfinishedPart, task],
  );
  await utimes(join(bench.dataDir, 'files', known), 0, 0);
  const { done, logged } = await sweep(bench, 0);
  expect(done).toMatchObject({ strayFiles: strays.length, files: strays.length });
  expect(await storedFiles(bench)).toEqual([fresh, known, announced, part, unfinishedPart].sort());
  expect(logged.filter(({ level }) => level > 30)).toEqual([]);
  expect((await sweep(bench, 2 / 24)).done).toMatchObject({ strayFiles: 1 });
});

test('a sweep of many thousand files finds the strays among them, and nothing else', async () => {
  const keys = await Promise.all(Array.from({ length: 2_500 }, () => put(2)));
  const kept = keys.filter((_, i) => i % 5 > 0);
  await bench.pool.query(
    `insert into files (id, organization_id, key, original_name, mimetype, size, sha256)
     select gen_random_uuid(), $1, key, 'x', 'text/csv', 5, repeat('0', 64) from unnest($2::text[]) key`,
    [organizationId, kept],
  );
  expect((await sweep(bench, 0)).done).toMatchObject({ strayFiles: 500, files: 500 });
  expect(await comparison(bench)).toEqual({ stored: kept.sort(), named: kept.sort() });
});

test('a file of a task that is missing in the store is told of with its key, and its row stays', async () => {
  const there = await storeFile(bench, organizationId);
  const gone = [await storeFile(bench, organizationId), await storeFile(bench, organizationId)].map(({ key }) => key);
  for (const key of gone) await bench.files.remove(key);
  const { logged } = await sweep(bench, 0);
  const warnings = logged.filter(({ level }) => level > 30);
  expect(warnings).toEqual([expect.objectContaining({ level: 40, files: 2, keys: gone.sort() })]);
  expect((await comparison(bench)).named).toEqual([there.key, ...gone].sort());
});

test('while the database is away, a sweep removes nothing', async () => {
  const key = await put(5);
  const pool = openPool({ url: 'postgres://127.0.0.1:1/none', applicationName: 'test', max: 1 });
  const log = pino({ level: 'silent' });
  const done = await runSweep({
    ...{ pool, files: bench.files, log },
    retention: { results: 30, summary: 30 },
    stop: new AbortController().signal,
  });
  expect(done).toEqual({ unfinishedUploads: 0, markers: 0 });
  expect(await storedFiles(bench)).toEqual([key]);
  await pool.end();
});

test('the files of another database are left alone, and that is said', async () => {
  const key = await put(5);
  await sweep(bench, 0, { ...bench.files, claim: async () => 'another' }).then(({ done, logged }) => {
    expect(done).toMatchObject({ strayFiles: 0, files: 0 });
    expect(logged).toContainEqual(expect.objectContaining({ level: 40, claimed: 'another' }));
  });
  expect(await storedFiles(bench)).toEqual([key]);
  expect((await sweep(bench, 0)).done).toMatchObject({ strayFiles: 1 });
});

test('how old a file is, the clock of the disk says, whatever that of the host', async () => {
  const real = Date.now();
  const [fresh, old] = [await put(0), await put(2)];
  const files = await openDiskStore(join(bench.dataDir, 'files'));
  for (const days of [-1, 1]) {
    vi.spyOn(Date, 'now').mockReturnValue(real + days * 86_400_000);
    const ages = await Promise.all([fresh, old].map((key) => files.age(key)));
    for (const [i, hours] of [0, 2].entries())
      expect(Math.abs((ages[i] as number) / 3_600_000 - hours)).toBeLessThan(0.1);
  }
});

test('uploads that end while sweeps run are whole tasks or nothing, even where their hour is over', async () => {
  let over = false;
  const sweeping = (async () => {
    while (!over) await sweep(bench, 2 / 24);
  })();
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      withIntake(bench, organizationId, async (intake) => {
        const stored = await intake.put(
          (async function* () {
            for (let n = 0; n <= i % 7; n += 1) {
              yield Buffer.from(`${i}-${n}\n`);
              await new Promise((resolve) => setTimeout(resolve, i % 5));
            }
          })(),
        );
        const order = {
          ...{ operation: 'import' as const, origin: 'organizations', action: 'import-inventory-items' },
          ...{ organizationId, config: { override: false }, createdBy: somebody },
          upload: { ...stored, originalName: 'x.csv', mimetype: 'text/csv' },
        };
        return submitUpload({ ...bench, intake }, order, ({ file }) => file?.key as string);
      }).catch((error: unknown) => {
        // Given up, since its hour was over before it was a task's.
        expect(error).toBeInstanceOf(ServiceError);
        expect((error as ServiceError).code).toBe('unavailable');
        return undefined;
      }),
    ),
  );
  over = true;
  await sweeping;
  await sweep(bench, 2 / 24);
  const kept = outcomes.filter((key) => key !== undefined).sort();
  expect(await comparison(bench)).toEqual({ stored: kept, named: kept });
  expect(await unfinishedFiles(bench)).toEqual([]);
  const { rows } = await bench.pool.query('select from files_to_remove');
  expect(rows).toHaveLength(0);
});

test('a file that could not be made certain of is not left under its key', async () => {
  const files = await openDiskStore(join(bench.dataDir, 'files'));
  const key = await put(0);
  // Its folder is gone before the file is moved there, as on a disk with troubles.
  await rm(join(bench.dataDir, 'files', 'partial'), { recursive: true });
  const failing = files.put(
    (async function* () {
      yield Buffer.from('x');
    })(),
  );
  await expect(failing).rejects.toThrow('ENOENT');
  expect(await storedFiles(bench)).toEqual([key]);
  await openDiskStore(join(bench.dataDir, 'files'));
});

test('an upload that a sweep has taken becomes no task any more, and its announcement is not renewed', async () => {
  const file = {
    ...{ id: newId(), key: await put(0), originalName: 'x.csv' },
    mimetype: 'text/csv',
    size: 5,
    sha256: '0'.repeat(64),
  };
  await announceFiles(bench.pool, [file.key]);
  const now = new Date(Date.now() + 2 * 3_600_000);
  expect(await takeFilesToRemove(bench.pool, { after: '', limit: 10, now })).toEqual([file.key]);
  await announceFiles(bench.pool, [file.key]);
  expect(await adoptFile(bench.pool, organizationId, file)).toBe(false);
  // The sweep was cut off: the next one, by whatever clock, takes it again.
  expect((await sweep(bench, 2 / 24)).done).toMatchObject({ files: 1 });
  expect(await comparison(bench)).toEqual({ stored: [], named: [] });
});
