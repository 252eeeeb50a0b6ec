import { startEmbeddedPostgres } from '../../src/embedded/start.ts';

/**
 * A command that uses the embedded PostgreSQL, for tests that start several, kill them or run them as another user:
 * `node command.ts <data folder>` prints the url and runs until its input ends.
 */
const [, , dataDir = ''] = process.argv;
try {
  const postgres = await startEmbeddedPostgres({ dataDir, log: console.error });
  console.log(postgres.url);
  process.stdin.resume().once('end', () => postgres.release());
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
