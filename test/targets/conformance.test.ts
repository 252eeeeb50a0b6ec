import { afterAll, beforeAll, describe, test } from 'vitest';
import { conforms, make, unmake } from '../support/adopted/conformance.ts';
import { CITEXT, KINDS } from '../support/adopted/kinds.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { runs } from '../support/runs.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterAll(() => database.drop());

describe('target and outcomes equal those of one line after the other, each with a savepoint of its own', () => {
  test.for(KINDS)('$name', async (kind) => {
    const made = await make(database.pool, kind);
    try {
      await conforms(database.pool, made, runs(40));
    } finally {
      await unmake(database.pool, made);
    }
  });

  test(CITEXT.name, async ({ skip }) => {
    const { rows } = await database.pool.query(`select from pg_available_extensions where name = 'citext'`);
    if (rows.length === 0) skip();
    // Where the search path does not find its operators.
    await database.pool.query('create schema extensions; create extension citext schema extensions');
    const made = await make(database.pool, { ...CITEXT, ddl: CITEXT.ddl.replaceAll('citext', 'extensions.citext') });
    await conforms(database.pool, made, runs(40));
  });
});
