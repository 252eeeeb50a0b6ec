import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../../src/embedded/start.ts';
import { endCommands, freePort, openbulk } from '../../cli/command.ts';
import { ownPlace } from '../../cli/own-servers.ts';
import { cuttable } from '../../support/crashes/cuttable.ts';
import { createTestDatabase } from '../../support/database.ts';

/** A database that is not there when a process starts. */
const place = ownPlace();

const WAITS = 'could not connect to the database yet; waiting';

async function start(command: 'work' | 'serve', url: string) {
  const env = {
    DATABASE_URL: url,
    OPENBULK_DATA: place.folder.path,
    OPENBULK_WORKERS: '0',
    PORT: String(await freePort()),
  };
  return openbulk([command], { env });
}

describe.for(['work', 'serve'] as const)('openbulk %s', (name) => {
  const ready = { work: '"working"', serve: '"ready"' }[name];
  // One to listen and one to work; a server's vital ones are their own.
  const least = { work: 2, serve: 3 }[name];

  test('waits for a database that cannot be reached, says so once, and begins when it is there', async () => {
    const way = await cuttable(place.database.url);
    await way.cut();
    const process = await start(name, way.url);
    await process.says(WAITS);
    await way.mend();
    await process.says(ready);
    expect(process.stderr().split(WAITS)).toHaveLength(2);
    process.child.kill('SIGTERM');
    expect(await process.ended).toMatchObject({ code: 0, stdout: '' });
    await way.cut();
  });

  test('waits for a connection where none is free, and goes on with the few that there are', async () => {
    const own = await createTestDatabase({ migrated: false });
    const url = new URL(own.url);
    const role = url.pathname.slice(1);
    url.username = role;
    url.password = 'secret';
    await own.pool.query(`create role ${role} login password 'secret' connection limit 0`);
    await own.pool.query(`alter database ${role} owner to ${role}`);
    await own.pool.query(`alter schema public owner to ${role}`);
    try {
      const process = await start(name, url.href);
      await process.says(WAITS);
      await own.pool.query(`alter role ${role} connection limit ${least}`);
      await process.says(ready);
      // What a worker opens last.
      const rounds = `select from pgboss.queue where name = 'rounds'`;
      const opened = async () => (await own.pool.query(rounds).catch(() => ({ rows: [] }))).rows.length;
      if (name === 'work') await expect.poll(opened, { timeout: 60_000, interval: 100 }).toBe(1);
      expect(process.child.exitCode).toBeNull();
      process.child.kill('SIGTERM');
      expect(await process.ended).toMatchObject({ code: 0, stdout: '' });
    } finally {
      await endCommands();
      await own.drop();
      await place.database.pool.query(`drop role ${role}`);
    }
  }, 120_000);

  test('does not wait for a database that there is not', async () => {
    const url = new URL(place.database.url);
    url.pathname = '/no_such_database';
    const { code, stderr } = await (await start(name, url.href)).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('no_such_database');
    expect(stderr).not.toContain(WAITS);
  });
});

test('what waits for a database that shuts down ends by SIGTERM at once, with 0; a command does not wait', async () => {
  const data = await mkdtemp(join(tmpdir(), 'openbulk-absent-'));
  const postgres = await startEmbeddedPostgres({ dataDir: data });
  const holder = new pg.Client(postgres.url);
  holder.on('error', () => {});
  try {
    await holder.connect();
    const pid = Number((await readFile(join(data, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
    // A smart shutdown: who is connected may stay, and nobody else may come.
    process.kill(pid, 'SIGTERM');
    const both = await Promise.all((['work', 'serve'] as const).map((name) => start(name, postgres.url)));
    for (const each of both) {
      await each.says(WAITS);
      expect(each.stderr()).toContain('57P03');
      const begun = performance.now();
      each.child.kill('SIGTERM');
      expect(await each.ended).toMatchObject({ code: 0, stdout: '' });
      expect(performance.now() - begun).toBeLessThan(5_000);
    }
    const command = openbulk(['org', 'list'], { env: { DATABASE_URL: postgres.url, OPENBULK_DATA: data } });
    const { code, stderr } = await command.ended;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^error: The database is starting up or shutting down \(.*\)\. Try again in a moment\.\n$/,
      ),
    });
  } finally {
    await holder.end().catch(() => {});
    await postgres.release();
    await rm(data, { recursive: true, force: true });
  }
}, 120_000);
