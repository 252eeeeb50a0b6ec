import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { storedFiles } from '../../support/data/stored-files.ts';
import { form, openServer, type TestServer, THREE_ROWS } from '../server.ts';
import { ACTION, type Desk, MAX, openDesk } from './submissions.ts';

let server: TestServer;
let desk: Desk;
let count = 0;

beforeAll(async () => {
  server = await openServer({ maxUploadBytes: MAX });
});
afterAll(() => server.close());
beforeEach(async () => {
  count += 1;
  desk = await openDesk(server, `org-${count}`);
});

describe('the Idempotency-Key', () => {
  test('makes one task of ten copies sent at once, and every copy gets the same answer', async () => {
    const before = await storedFiles(server);
    const send = () => desk.submit(form(ACTION, THREE_ROWS), { 'idempotency-key': 'once' });
    const answers = await Promise.all(Array.from({ length: 10 }, send));
    answers.push(await send());
    for (const answer of answers) {
      expect(answer.status).toBe(202);
      expect(answer.text).toBe(answers[0]?.text);
      expect(answer.headers.get('location')).toBe(answers[0]?.headers.get('location'));
    }
    expect(await desk.tasks()).toBe(1);
    expect(await storedFiles(server)).toHaveLength(before.length + 1);
  });

  test('answers the first response again when the task has gone on', async () => {
    const send = () => desk.submit(form(ACTION, THREE_ROWS), { 'idempotency-key': 'again' });
    const first = await send();
    await server.ask(first.headers.get('location') as string, { token: desk.token });
    await server.pool.query(`update tasks set status = 'completed', version = 9 where organization_id = $1`, [
      desk.organizationId,
    ]);
    expect((await send()).text).toBe(first.text);
  });

  test('used for anything else is 409/5001', async () => {
    const headers = { 'idempotency-key': 'mine' };
    await desk.submit(form(ACTION, THREE_ROWS), headers);
    const before = await storedFiles(server);
    const others = [
      form(ACTION, `${THREE_ROWS}x`),
      form({ ...ACTION, override: 'true' }, THREE_ROWS),
      form({ ...ACTION, constants: '{"basic.owner":"x"}' }, THREE_ROWS),
      form({ action: 'import-mdm-users' }, THREE_ROWS),
      form(ACTION, THREE_ROWS, { name: 'other.csv' }),
    ];
    for (const other of others) {
      const answer = await desk.submit(other, headers);
      expect([answer.status, answer.json.error?.code]).toEqual([409, 5001]);
    }
    expect(await storedFiles(server)).toEqual(before);
    expect(await desk.tasks()).toBe(1);
  });

  test('counts the same fields in another order as the same', async () => {
    const headers = { 'idempotency-key': 'order' };
    const one = await desk.submit(form({ ...ACTION, mapping: '{"basic.name":"A","basic.type":"B"}' }, 'x'), headers);
    const two = await desk.submit(form({ mapping: '{"basic.type":"B", "basic.name":"A"}', ...ACTION }, 'x'), headers);
    expect([one.status, two.status, two.text]).toEqual([202, 202, one.text]);
  });

  test('is of its organization', async () => {
    const headers = { 'idempotency-key': 'shared' };
    const one = await desk.submit(form(ACTION, THREE_ROWS), headers);
    const other = await openDesk(server, `org-${count}-b`);
    const two = await other.submit(form(ACTION, THREE_ROWS), headers);
    expect([two.status, two.json.data?.id === one.json.data?.id]).toEqual([202, false]);
  });

  test('that is empty, too long or not visible ASCII is 400/3000', async () => {
    for (const key of ['', 'x'.repeat(256), 'a b', 'ü']) {
      const answer = await desk.submit(form(ACTION, THREE_ROWS), { 'idempotency-key': key });
      expect([key, answer.status, answer.json.error?.data?.[0]?.field]).toEqual([key, 400, 'idempotency-key']);
    }
    expect((await desk.submit(form(ACTION, THREE_ROWS), { 'idempotency-key': 'x'.repeat(255) })).status).toBe(202);
  });
});
