import { afterAll, beforeAll, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { conforms, make, unmake } from '../support/theirs/conformance.ts';
import { KINDS } from '../support/theirs/kinds.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterAll(() => database.drop());

test.for(KINDS)('300 chunks into a table of theirs equal their lines one after the other: $name', async (kind) => {
  const made = await make(database.pool, kind);
  try {
    await conforms(database.pool, made, 300);
  } finally {
    await unmake(database.pool, made);
  }
});
