import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** The server all test files share: the one `TEST_DATABASE_URL` names, else an embedded one made for this run. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) {
    project.provide('databaseUrl', given);
    return undefined;
  }
  const { startEmbeddedPostgres } = await import('../../src/store/embedded/start.ts');
  const folder = await mkdtemp(join(tmpdir(), 'openbulk-test-'));
  const postgres = await startEmbeddedPostgres({ dataDir: folder }).catch(async (error) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  project.provide('databaseUrl', postgres.url);
  return async () => {
    await postgres.release();
    await rm(folder, { recursive: true, force: true });
  };
}
