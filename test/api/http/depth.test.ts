import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex24 } from '../../../src/task/ids.ts';
import { openServer, type TestServer } from '../server.ts';

/** Every tenth line has an error; set DEPTH_ROWS=1000000 for what docs/fixing.md says. */
const ROWS = Number(process.env.DEPTH_ROWS ?? 100_000);

let server: TestServer;
let path: string;
let token: string;

beforeAll(async () => {
  server = await openServer();
  const organizationId = await server.organization('acme');
  token = await server.token(organizationId);
  const rows = Array.from({ length: ROWS }, (_, i) => {
    if (i === ROWS / 2) return `Rare,laptop,S${i},x`;
    return i % 10 === 9 ? `Item ${i},,S${i},1` : `Item ${i},laptop,S${i},1`;
  });
  const csv = `basic.name,basic.type,identifiers.serialNumber,purchase.pricing\n${rows.join('\n')}\n`;
  const task = await server.submit(organizationId, 'import-inventory-items', csv, { dryRun: true });
  await server.working(() => server.finished(task, 300_000));
  path = `/v1/organizations/acme/bulk-tasks/${toHex24(task.id)}`;
}, 600_000);
afterAll(() => server.close());

async function timed(query: string) {
  await server.ask(path + query, { token });
  const began = performance.now();
  const { json, text } = await server.ask(path + query, { token });
  const milliseconds = performance.now() - began;
  if (process.env.DEPTH_ROWS) console.log(query, `${Math.round(milliseconds)} ms, ${text.length} characters`);
  return { data: json.data, milliseconds, size: text.length };
}

test('the task is small where its lines are not wanted, and there at once', async () => {
  const whole = await timed('');
  const bare = await timed('?lines=false');
  expect(whole.data?.report?.erroredLines).toHaveLength(1_000);
  expect(bare.data?.report).toMatchObject({ numItems: ROWS, numErrors: ROWS / 10 + 1 });
  expect(bare.size).toBeLessThan(2_000);
  expect(Math.max(whole.milliseconds, bare.milliseconds)).toBeLessThan(300);
});

test('the causes of all errors are there within a second', async () => {
  const { data, milliseconds } = await timed('/causes');
  expect(data).toMatchObject({
    total: ROWS / 10 + 1,
    causes: [
      { code: 'required', count: ROWS / 10 },
      { code: 'invalid_value', count: 1, examples: [{ line: ROWS / 2 + 2, value: 'x' }] },
    ],
  });
  expect(milliseconds).toBeLessThan(1_000);
});

test('a page of lines comes as fast at the end of the file as at its beginning', async () => {
  const near = [0, 0.25, 0.5, 0.75, 0.999].map((share) => `/lines?limit=50&after=${Math.floor(share * ROWS)}`);
  for (const query of [...near, '/lines?code=invalid_value', '/lines?limit=200&outcome=errored']) {
    const { data, milliseconds } = await timed(query);
    expect(data?.lines?.[0]).toBeDefined();
    expect(milliseconds).toBeLessThan(300);
  }
});
