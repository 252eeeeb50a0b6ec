import { expect, test, vi } from 'vitest';
import { ownServers } from './own-servers.ts';

vi.setConfig({ testTimeout: 120_000 });

const { run, file, query } = ownServers();

const act = (...args: string[]) => run('act', '--resource', 'mdm-users', ...args);

async function users(): Promise<[string, string | null, string | null][]> {
  const { rows } = await query(`select email, name, metadata->>'room' as room from mdm_users order by email`);
  return rows.map(({ email, name, room }) => [email, name, room]);
}

test('records that match are previewed, set, and deleted from the command line', async () => {
  await file('users.csv', 'email,name\na@x.org,Ada\nb@x.org,Bob\nc@x.org,Cas\n');
  expect((await run('import', 'users.csv', '--action', 'import-mdm-users')).code).toBe(0);

  const preview = await act('--where', 'name=Bob', '--set', 'name=Bea', '--preview');
  expect([preview.code, preview.stdout.split('\n')[0]]).toEqual([0, '1 record of mdm-users matches.']);
  expect(JSON.parse(preview.stdout.split('\n')[1] as string)).toMatchObject({ email: 'b@x.org', name: 'Bob' });
  expect((await users())[1]).toEqual(['b@x.org', 'Bob', null]);

  const set = await act('--where', 'name=Bob', '--set', 'name=Bea', '--set', 'metadata.room=7');
  expect(set, set.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/set-mdm-users.*updated +1\n/s) });
  expect(set.stderr).toContain('1 record of mdm-users matches.');
  // One id, wherever it is named.
  expect(set.stdout).toContain(/Task ([0-9a-f]{24}) was accepted/.exec(set.stderr)?.[1]);
  expect(await users()).toEqual([
    ['a@x.org', 'Ada', null],
    ['b@x.org', 'Bea', '7'],
    ['c@x.org', 'Cas', null],
  ]);

  const criteria = '{"field": "email", "op": "in", "value": ["a@x.org", "b@x.org"]}';
  const gone = await act('--where', criteria, '--where', 'name=Bea', '--delete', '--reason', 'left', '--json');
  expect(gone.code, gone.stderr).toBe(0);
  expect(JSON.parse(gone.stdout)).toMatchObject({ action: 'delete-mdm-users', report: { numItems: 1, numDeletes: 1 } });
  expect((await users()).map(([email]) => email)).toEqual(['a@x.org', 'c@x.org']);

  const later = await act('--all', '--delete', '--reason', 'x', '--at', '2030-01-01T00:00:00Z');
  expect([later.code, later.stdout]).toEqual([0, expect.stringContaining('To cancel it: ')]);
  expect(await users()).toHaveLength(2);
});

test('what is not said, or not valid, ends it with 2 and says what to do', async () => {
  const refused = async (...args: string[]) => {
    const { code, stderr } = await act(...args);
    expect(code).toBe(2);
    return stderr;
  };
  expect(await refused('--where', 'name=x')).toContain('Say what to do: --set FIELD=VALUE, --delete, or --action.');
  expect(await refused('--all', '--delete')).toContain('Say why the records are deleted: --reason TEXT.');
  expect(await refused('--delete', '--reason', 'x')).toContain('Say which records: --where CRITERIA, or --all.');
  expect(await refused('--all', '--set', 'name=x', '--delete')).toContain('--delete');
  expect(await refused('--where', '{"field"', '--delete')).toContain('neither FIELD=VALUE nor JSON');
  expect(await refused('--all', '--set', 'email=x')).toContain('values.email: email identifies the record');
  expect(await refused('--where', 'nope=1', '--set', 'name=x')).toContain('nope');
});
