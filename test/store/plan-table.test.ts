import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileResource } from '../../src/resources/compile.ts';
import { quoteName } from '../../src/resources/declaration/names.ts';
import { parseDeclaration } from '../../src/resources/declaration/parse.ts';
import type { Resource } from '../../src/resources/resource.ts';
import { planTable, RECORDS_SCHEMA } from '../../src/resources/tables/plan-table.ts';
import { createOrganization } from '../../src/service/platform/organizations.ts';
import { inTransaction } from '../../src/store/connection/pool.ts';
import { alterTables, countLosses, readColumns } from '../../src/store/resources/record-tables.ts';
import { newId } from '../../src/task/ids.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { runs } from '../support/runs.ts';

let database: TestDatabase;
let organizationId: string;
let tables = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  organizationId = (await createOrganization({ pool: database.pool }, { slug: 'acme' })).id;
});
afterAll(() => database.drop());

/** Fields, and a value of each as PostgreSQL reads it. */
const KINDS = [
  [{}, "it's"],
  [{ type: 'integer' }, '5000000000'],
  [{ type: 'integer', constraints: { minimum: 0, maximum: 100 } }, '7'],
  [{ type: 'integer', constraints: { maximum: '99999999999999999999' } }, '12345678901234567890'],
  [{ type: 'number' }, '1.5'],
  [{ type: 'boolean' }, 'true'],
  [{ type: 'date' }, '2026-01-31'],
  [{ type: 'time' }, '10:00:00'],
  [{ type: 'datetime' }, '2026-01-31 10:00:00+00'],
  [{ format: 'uuid' }, '0d5e8a6c-3f58-4b6e-8d41-6f3d5a8b9c10'],
  [{ format: 'binary' }, '\\x00ff'],
  [{ type: 'object' }, '{"a": 1}'],
  [{ type: 'list', itemType: 'datetime' }, '{"2026-01-31 10:00:00+00"}'],
  [{ type: 'list', itemType: 'integer' }, '{1,2}'],
] as const;

// Names that meet: their columns get numbers, and other numbers when the order changes.
const NAMES = ['a b', 'a_b', 'A-b', 'id', 'select', 'time', 'moved_1', 'x"y', 'Größe', '名'];
const fields = fc
  .shuffledSubarray(NAMES)
  .chain((names) => fc.tuple(...names.map((name) => fc.constantFrom(...KINDS.keys()).map((kind) => ({ name, kind })))));
type Chosen = readonly { readonly name: string; readonly kind: number }[];

function resourceOf(chosen: Chosen, table: string): Resource {
  const parsed = parseDeclaration({
    fields: [{ name: 'k' }, ...chosen.map(({ name, kind }) => ({ name, ...KINDS[kind]?.[0] }))],
    primaryKey: 'k',
    openbulk: { name: 'things', ...(chosen.length > 5 && { open: { prefix: 'open.', column: 'open' } }) },
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return compileResource(parsed.declaration, { schema: RECORDS_SCHEMA, table });
}

test('a plan applied to any table makes it that of the new declaration, and keeps all but what it says it loses', async () => {
  const { pool } = database;
  await fc.assert(
    fc.asyncProperty(fields, fields, async (old, wanted) => {
      tables += 2;
      const place = { schema: RECORDS_SCHEMA, table: `t${tables}` };
      const fresh = { schema: RECORDS_SCHEMA, table: `t${tables + 1}` };
      const [before, after] = [resourceOf(old, place.table), resourceOf(wanted, place.table)];
      const statementsOf = (changes: readonly { readonly sql: string }[]) => changes.map(({ sql }) => sql);
      await inTransaction(pool, (tx) => alterTables(tx, place, statementsOf(planTable(before, []))));
      const [, ...columns] = before.columns;
      const values = old.map(({ kind }) => KINDS[kind]?.[1]);
      await pool.query(
        `insert into ${before.table} (${['id', 'organization_id', 'key', ...columns.map(({ sql }) => sql)].join(', ')})
         values (${['id', 'o', 'k', ...columns].map((_, at) => `$${at + 1}`).join(', ')})`,
        [newId(), organizationId, 'k', ...values],
      );

      const changes = planTable(after, [], {
        before,
        constraints: [],
        columns: (await readColumns(pool, place)) as Map<string, string>,
      });
      const lost = new Set<string>();
      for (const { loses } of changes) {
        if (loses && (await countLosses(pool, before.table, loses)) > 0) lost.add(loses.column);
      }
      await inTransaction(pool, (tx) => alterTables(tx, place, statementsOf(changes)));
      await inTransaction(pool, (tx) =>
        alterTables(tx, fresh, statementsOf(planTable(resourceOf(wanted, fresh.table), []))),
      );
      const made = await readColumns(pool, place);
      expect(made && new Map([...made].sort())).toEqual(new Map([...((await readColumns(pool, fresh)) ?? [])].sort()));
      expect(planTable(after, [], { before: after, constraints: [], columns: made as Map<string, string> })).toEqual(
        [],
      );

      const { rows } = await pool.query<Record<string, string | null>>(
        `select ${after.columns.map(({ sql }, at) => `${sql}::text as c${at}`).join(', ')} from ${after.table}`,
      );
      for (const { name, sql } of columns) {
        const at = after.columns.findIndex((column) => column.name === name);
        if (at < 0) expect(lost).toContain(sql);
        else expect([name, rows[0]?.[`c${at}`] === null]).toEqual([name, lost.has(sql)]);
      }
      await pool.query(`drop table ${before.table}, ${RECORDS_SCHEMA}.${quoteName(fresh.table)}`);
    }),
    { numRuns: runs(160) },
  );
});
