import { afterAll, beforeAll, expect, test } from 'vitest';
import { OpenBulk, OpenBulkError } from '../src/index.ts';
import { type RunningProgram, startProgram } from './support/program.ts';
import { openRelay, type Relay } from './support/relay.ts';

/** The running program with a limit that is soon reached: 30 requests a minute, so one every two seconds. */
let program: RunningProgram;
let relay: Relay;

beforeAll(async () => {
  program = await startProgram({ OPENBULK_RATE_LIMIT: '30' });
  relay = await openRelay(program.port);
});
afterAll(async () => {
  await relay.close();
  await program.close();
});

const VIEW = '/v2/task/index';

test('a request that is one too many is made again when the server said, and not before, even one that makes no key', async () => {
  const token = await program.token();
  const impatient = new OpenBulk({ url: relay.url, token, retries: 0 });
  let refusal: unknown;
  for (let asked = 0; asked < 60 && !refusal; asked += 1) {
    refusal = await impatient.tasks.post(VIEW, { body: {} }).then(
      () => undefined,
      (error: unknown) => error,
    );
  }
  expect(refusal).toBeInstanceOf(OpenBulkError);
  const { status, code, retryAfter = 0 } = refusal as OpenBulkError;
  expect({ status, code }).toEqual({ status: 429, code: 'too_many_requests' });
  expect(retryAfter).toBeGreaterThanOrEqual(1);

  relay.requests.length = 0;
  const started = performance.now();
  await new OpenBulk({ url: relay.url, token }).tasks.post(VIEW, { body: {} });
  expect(performance.now() - started).toBeGreaterThan(900);
  // A refusal, and after the wait the answer.
  expect(relay.requests).toHaveLength(2);
});
