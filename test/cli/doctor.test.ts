import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';

const DOCTOR = join(import.meta.dirname, '../../tools/doctor/doctor.js');

/** Runs the doctor with these settings. @returns its exit code, and its lines by what they are of */
async function examine(settings: Readonly<Record<string, string>>) {
  const env = { PATH: process.env.PATH ?? '', ...settings };
  const { code, stdout } = await new Promise<{ code: number; stdout: string }>((resolve) => {
    const child = execFile(process.execPath, [DOCTOR], { env }, (_error, stdout) =>
      resolve({ code: child.exitCode ?? -1, stdout }),
    );
  });
  const lines = stdout.trimEnd().split('\n');
  return { code, found: (what: string) => lines.find((line) => line.slice(10).startsWith(what)) ?? '' };
}

test('the doctor finds what the program needs, and leaves nothing behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openbulk-test-'));
  try {
    const { code, found } = await examine({ TMPDIR: folder, OPENBULK_DATA: join(folder, 'data'), PORT: '0' });
    expect(found('embedded PostgreSQL')).toMatch(/^ok .+ \d+\.\d+ starts and stops$/);
    expect(found('disk')).toMatch(/^ok .+ GB free for /);
    expect(code).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('the doctor says what is missing, and what only some need', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  try {
    const wrong = await examine({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', PORT: String(port) });
    expect(wrong.found('PostgreSQL')).toMatch(/^missing .+DATABASE_URL cannot be reached: .*ECONNREFUSED/);
    expect(wrong.found(`port ${port}`)).toMatch(/^optional .+EADDRINUSE.+ Only needed for a second server/);
    expect(wrong.code).toBe(1);
    const right = await examine({ DATABASE_URL: inject('databaseUrl'), PORT: '0' });
    expect(right.found('PostgreSQL')).toMatch(/^ok .+\d+, at DATABASE_URL/);
    expect(right.code).toBe(0);
    const full = await examine({ DATABASE_URL: inject('databaseUrl'), OPENBULK_DISK_RESERVE_BYTES: '999999999999999' });
    expect(full.found('disk')).toMatch(/^missing .+uploads are refused/);
    const unset = await examine({ DATABASE_URL: inject('databaseUrl'), PORT: 'x' });
    expect(unset.found('settings')).toMatch(/^missing .+PORT/);
    expect(unset.code).toBe(1);
  } finally {
    taken.close();
  }
});
