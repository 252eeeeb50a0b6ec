import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failAt } from '../support/crashes/fail-at.ts';
import { clear, standing, storeFile, storeTask } from '../support/data/retention.ts';
import { storedFiles } from '../support/data/stored-files.ts';
import { type Bench, openBench } from '../support/engine.ts';
import { places } from '../support/runs.ts';
import { endCommands, openbulk } from './command.ts';
import { runHere, type Said } from './in-process.ts';

let bench: Bench;
let organizationId: string;
let slug: string;
let count = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterEach(endCommands);
afterAll(() => bench.close());
beforeEach(async () => {
  await clear(bench);
  count += 1;
  slug = `org-${count}`;
  organizationId = await bench.organization(slug);
});

/** In this process, unless it is to die. */
function run(args: readonly string[], env: Record<string, string> = {}): Promise<Said> {
  const ours = { DATABASE_URL: bench.database.url, OPENBULK_DATA: bench.dataDir, ...env };
  const words = ['retention', ...args];
  return 'FAILPOINT' in env ? openbulk(words, { env: ours }).ended : runHere(words, ours);
}

/** Lets so many days go by for all that is there. */
async function age(days: number): Promise<void> {
  await bench.pool.query(
    `update tasks set finished_at = finished_at - make_interval(days => $1), purged_at = purged_at - make_interval(days => $1)`,
    [days],
  );
}

describe('the periods of an organization', () => {
  test('are the standard ones, or those that were set for a dialect or for all', async () => {
    const standard = { OPENBULK_RETENTION_RESULTS_DAYS: '7', OPENBULK_RETENTION_SUMMARY_DAYS: '1000' };
    const shown = await run(['list', '--org', slug], standard);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^DIALECT +RESULTS +SUMMARY +SOURCE\norganizations +7 +1,000 +default\n/);

    const set = await run(['set', '--org', slug, '--dialect', 'actions', '--results', '1', '--summary', '0']);
    expect(set).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'Set for actions, in days: results 1, summary 0 more.\n',
    });
    expect(JSON.parse((await run(['list', '--org', organizationId, '--json'])).stdout)).toEqual([
      { dialect: 'organizations', results: 30, summary: 30, set: false },
      { dialect: 'activityid', results: 30, summary: 30, set: false },
      { dialect: 'actions', results: 1, summary: 0, set: true },
      { dialect: 'task-v2', results: 30, summary: 30, set: false },
    ]);
    await run(['set', '--org', slug, '--results', '5', '--summary', '6']);
    const all = JSON.parse((await run(['list', '--org', slug, '--json'])).stdout) as object[];
    expect(all.map((each) => ({ ...each, dialect: '' }))).toEqual(
      Array.from({ length: 4 }, () => ({ dialect: '', results: 5, summary: 6, set: true })),
    );
  });

  test.each([
    { args: ['set', '--results', '5', '--summary', '6'], says: "'--org <org>' not specified" },
    { args: ['set', '--org', 'nobody', '--results', '5', '--summary', '6'], says: 'No organization is named "nobody"' },
    { args: ['set', '--org', 'demo', '--results', '0', '--summary', '6'], says: 'from 1 to 36500' },
    { args: ['set', '--org', 'demo', '--results', '5', '--summary', '36501'], says: 'from 0 to 36500' },
    { args: ['set', '--org', 'demo', '--results', '1.5', '--summary', '6'], says: 'whole number of days' },
    { args: ['set', '--org', 'demo', '--dialect', 'soap', '--results', '5', '--summary', '6'], says: 'task-v2' },
  ])('that are not valid are an error of usage: $args', async ({ args, says }) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
  });
});

describe('a sweep', () => {
  /** 120 tasks with files of their own, 2 that share one, and 1 that is not over. @returns the file that stays */
  async function scene(): Promise<string> {
    for (let i = 0; i < 120; i += 1) {
      const { id: fileId } = await storeFile(bench, organizationId);
      await storeTask(bench, organizationId, { fileId });
    }
    const shared = await storeFile(bench, organizationId);
    await storeTask(bench, organizationId, { fileId: shared.id });
    await storeTask(bench, organizationId, { resultFileId: shared.id, origin: 'task-v2' });
    const kept = await storeFile(bench, organizationId);
    await storeTask(bench, organizationId, { fileId: kept.id, status: 'running' });
    await age(31);
    return kept.key;
  }

  test('says what it deleted', async () => {
    const kept = await scene();
    expect(await run(['sweep'])).toMatchObject({
      code: 0,
      stdout:
        'tasks whose results were deleted: 122\ntasks deleted: 0\nidempotency keys: 0\nunfinished uploads: 0\nfiles that no task uses: 0\nfiles deleted: 121\nexpired sign-ins: 0\nrows of sorted reports: 0\nmarkers of ended tasks in other databases: 0\n',
    });
    expect(await storedFiles(bench)).toEqual([kept]);
  });

  test.each(
    places([
      'after-historize=kill',
      'after-historize=kill@2',
      'after-lines=kill',
      'after-purge=kill',
      'after-remove=kill',
    ]),
  )('that is killed at %s is finished by the next one', async (failpoint) => {
    const kept = await scene();
    expect(await run(['sweep'], failAt(failpoint))).toMatchObject({ signal: 'SIGKILL' });
    expect(await run(['sweep'])).toMatchObject({ code: 0 });
    expect(await storedFiles(bench)).toEqual([kept]);
    const { whole, summaries } = await standing(bench, organizationId);
    expect([whole.length, summaries.length]).toEqual([1, 122]);
    const { rows } = await bench.pool.query('select key from files union all select key from files_to_remove');
    expect(rows).toEqual([{ key: kept }]);

    // The other period, cut off as well.
    await age(31);
    expect(await run(['sweep'], failAt('after-summary=kill'))).toMatchObject({ signal: 'SIGKILL' });
    expect(await run(['sweep'])).toMatchObject({ code: 0 });
    expect(await standing(bench, organizationId)).toEqual({ whole, summaries: [] });
    await bench.pool.query('delete from organizations where id = $1', [organizationId]);
  });
});
