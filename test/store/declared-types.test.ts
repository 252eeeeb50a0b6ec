import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileCriteria } from '../../src/operations/criteria/compile.ts';
import { parseCriteria } from '../../src/operations/criteria/parse.ts';
import { recordFormat } from '../../src/operations/export/format.ts';
import { type AppliedOutcome, applyImport } from '../../src/operations/import/apply/apply.ts';
import { bindColumns } from '../../src/operations/import/bind-columns.ts';
import { compileCheck, isLineError } from '../../src/operations/import/check.ts';
import { readCsv } from '../../src/readers/csv/csv.ts';
import { describeCsv } from '../../src/readers/csv/describe-csv.ts';
import type { Row } from '../../src/readers/reader.ts';
import { compileResource } from '../../src/resources/compile.ts';
import { parseDeclaration } from '../../src/resources/declaration/parse.ts';
import { type StoredRecord, toRecordObject } from '../../src/resources/record-object.ts';
import type { Resource } from '../../src/resources/resource.ts';
import { inTransaction } from '../../src/store/connection/pool.ts';
import { type Sql, sql } from '../../src/store/connection/sql.ts';
import { readRecords } from '../../src/store/records/record-pages.ts';
import { RECORD_ALIAS } from '../../src/store/records/record-source.ts';
import { CopyRows } from '../../src/targets/copy-rows.ts';
import { DECLARED_CELLS } from '../support/declared-cells.ts';
import { type Bench, openBench } from '../support/engine.ts';

let bench: Bench;
/** A column of each type; some of names that a statement must have in quotes, or that it has of its own. */
const NAMES = ['found', 'Order "1"', 'id', 'organization_id', 'place', 'user', 'a.b', 'a.c', 'Prix (€)'];
const fields = DECLARED_CELLS.map(([field], index) => ({ name: NAMES[index] ?? `f${index}`, ...field }));
const resource = declared({
  fields: [
    { name: 'k1', type: 'string' },
    { name: 'k2', type: 'integer' },
    ...fields,
    { name: 'bigger', type: 'integer', constraints: { maximum: '99999999999999999999999' } },
  ],
  primaryKey: ['k1', 'k2'],
  openbulk: { name: 'every-type', schema: 'declared "types"', table: 'Every type' },
});

function declared(schema: object): Resource {
  const parsed = parseDeclaration(JSON.stringify(schema));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return compileResource(parsed.declaration);
}

beforeAll(async () => {
  bench = await openBench();
  const columns = resource.columns.map(({ sql, type }) => `${sql} ${type.sql},`).join('\n');
  await bench.pool.query('create schema "declared ""types"""');
  await bench.pool.query(`create table ${resource.table} (
    id uuid not null, organization_id uuid not null, key text collate "C" not null,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now(), ${columns}
    primary key (organization_id, id), unique (organization_id, key))`);
});
afterAll(() => bench.close());

/** What becomes of a CSV, whose cells are all values. */
async function imported(organizationId: string, csv: string, dryRun = false): Promise<AppliedOutcome[]> {
  const bytes = Buffer.from(csv);
  const source = {
    size: bytes.length,
    async *open(offset = 0) {
      yield bytes.subarray(offset);
    },
  };
  const format = await describeCsv(source, {});
  const config = { override: true };
  const check = compileCheck(resource, config, bindColumns(resource, config, format.header));
  const rows = new CopyRows({ organizationId });
  const reader = readCsv(source, format, format.body, (row: Row) => {
    const checked = check.run(row);
    if (isLineError(checked)) throw new Error(checked.reason);
    rows.add(row.line, checked);
    return row.line;
  });
  await reader.read({ rows: 1_000, bytes: 100_000_000 });
  await reader.close();
  const target = { resource, organizationId, override: true, inserts: true, columns: check.columns, dryRun };
  return inTransaction(bench.pool, (tx) =>
    applyImport(tx, { ...target, memory: { known: undefined, changed: 0 } }, rows),
  );
}

async function recordsOf(organizationId: string, condition: Sql = sql`true`): Promise<readonly StoredRecord[]> {
  const last = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  const page = await readRecords(
    bench.pool,
    { organizationId, resource, condition },
    { last, reach: 1_000, limit: 1_000 },
  );
  return page.records;
}

const row = fc.tuple(...DECLARED_CELLS.map(([, cells]) => fc.option(cells, { nil: '', freq: 9 })));

test('PostgreSQL keeps every value of every type, gives it back, and finds it', async () => {
  const header = ['k1', 'k2', ...fields.map(({ name }) => name), 'bigger'];
  const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
      round += 1;
      const organizationId = await bench.organization(`declared-${round}`);
      const lines = rows.map((cells, index) => ['a"b', String(index), ...cells, '12345678901234567890123']);
      const csv = [header, ...lines].map((cells) => cells.map(quote).join(',')).join('\r\n');
      expect(new Set(await imported(organizationId, csv))).toEqual(new Set(['inserted']));
      // The same file changes nothing, nor does what an export makes of the records.
      expect(new Set(await imported(organizationId, csv))).toEqual(new Set(['skipped']));
      const records = await recordsOf(organizationId);
      const format = recordFormat('csv', resource, []);
      const exported = `${format.head}${format.write(records, 0)}`;
      expect(new Set(await imported(organizationId, exported))).toEqual(new Set(['skipped']));
      const [record] = records;
      for (const { name, type } of resource.columns)
        await findsIt(organizationId, record as StoredRecord, { name, list: type.list !== undefined });
    }),
    { numRuns: 15 },
  );
});

/** A criteria with the value that the API shows finds the record, and its opposite does not. */
async function findsIt(organizationId: string, record: StoredRecord, { name, list }: { name: string; list: boolean }) {
  const shown = toRecordObject(resource, record);
  const value = name
    .split('.')
    .reduce<unknown>((object, part) => (object as Record<string, unknown> | undefined)?.[part], shown);
  if (value === undefined || (list && (value as unknown[]).length === 0)) return;
  for (const op of ['eq', 'ne', 'in'] as const) {
    const one = list ? (value as unknown[])[0] : value;
    const parsed = parseCriteria(resource, JSON.stringify({ field: name, op, value: op === 'in' ? [one] : one }));
    if ('problems' in parsed) throw new Error(`${name}: ${JSON.stringify(parsed.problems)}`);
    // What was read reads as itself: a task's criteria is kept so.
    expect(parseCriteria(resource, JSON.parse(JSON.stringify(parsed.criteria)))).toEqual(parsed);
    const found = await recordsOf(organizationId, compileCriteria(resource, parsed.criteria, RECORD_ALIAS));
    expect([name, op, found.some(({ id }) => id === record.id)]).toEqual([name, op, op !== 'ne']);
  }
}

test('records have their own members beside columns of the same names', async () => {
  const organizationId = await bench.organization('declared-own');
  await imported(organizationId, 'k1,k2,id\na,1,123e4567-e89b-12d3-a456-426614174000');
  const [record] = await recordsOf(organizationId);
  const shown = toRecordObject(resource, record as StoredRecord);
  const id = '123e4567-e89b-12d3-a456-426614174000';
  expect(shown).toMatchObject({ k1: 'a', k2: 1, id, _id: expect.stringMatching(/^[0-9a-f]{24}$/) });
});

test('a dry run of declared columns says what would become of the lines', async () => {
  const organizationId = await bench.organization('declared-dry');
  await imported(organizationId, 'k1,k2,found\na,1,x');
  expect(await imported(organizationId, 'k1,k2,found\na,1,y\nb,1,x\na,1,x', true)).toEqual([
    'updated',
    'inserted',
    'updated',
  ]);
});
