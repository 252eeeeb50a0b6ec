import { afterAll, beforeAll, test } from 'vitest';
import { conforms, make, unmake } from '../support/adopted/conformance.ts';
import { KINDS } from '../support/adopted/kinds.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterAll(() => database.drop());

test.for(KINDS)('300 chunks into an adopted table equal their lines one after the other: $name', async (kind) => {
  const made = await make(database.pool, kind);
  try {
    await conforms(database.pool, made, 300);
  } finally {
    await unmake(database.pool, made);
  }
});
