import { afterAll, beforeAll, expect, test } from 'vitest';
import { ledgerOutcomes } from '../../support/data/generated.ts';
import { type Bench, openBench } from '../../support/engine.ts';

let bench: Bench;

/** Its table takes as long for a record as the name of the record says, s. */
beforeAll(async () => {
  bench = await openBench();
  await bench.pool.query(`
    create function takes_time() returns trigger language plpgsql as $$
      begin perform pg_sleep(new.basic_name::double precision); return new; end $$;
    create trigger takes_time before insert on inventory_items for each row execute function takes_time();`);
});
afterAll(() => bench.close());

function file(seconds: readonly number[]): string {
  const rows = seconds.map((each, n) => `${each},laptop,S${n}\n`);
  return `basic.name,basic.type,identifiers.serialNumber\n${rows.join('')}`;
}

test('a step that takes longer than it may is cut, until its records are done', { timeout: 90_000 }, async () => {
  const rows = 120;
  const task = await bench.submit(
    await bench.organization('dear'),
    'import-inventory-items',
    file(Array.from({ length: rows }, () => 0.05)),
  );
  const done = await bench.working(() => bench.finished(task, 80_000));
  expect(done).toMatchObject({ status: 'completed', counters: { items: rows, inserts: rows, errors: 0 } });
  expect((await ledgerOutcomes(bench.pool, done)).size).toBe(rows);
  const { rows: chunks } = await bench.pool.query('select max(items) as most from task_chunks where task_id = $1', [
    task.id,
  ]);
  expect(chunks[0].most).toBeLessThan(rows / 2);
});

test('a line that alone takes the database too long has an error, and the others are done', {
  timeout: 120_000,
}, async () => {
  const task = await bench.submit(await bench.organization('one-dear'), 'import-inventory-items', file([0, 0, 60, 0]));
  const done = await bench.working(() => bench.finished(task, 100_000));
  expect(done).toMatchObject({ status: 'completed', counters: { items: 4, inserts: 3, errors: 1 } });
  const { rows } = await bench.pool.query(
    `select e.* from task_chunks, jsonb_to_recordset(errored) e(line int, code text) where task_id = $1`,
    [task.id],
  );
  expect(rows).toEqual([{ line: 4, code: 'too_slow' }]);
});

test('a record that somebody else holds is waited for: its line is not to blame', { timeout: 90_000 }, async () => {
  const organization = await bench.organization('held');
  const other = await bench.pool.connect();
  await other.query('begin');
  await other.query(
    `insert into inventory_items (id, organization_id, key, basic_name, basic_type, identifiers_serial_number)
     values (gen_random_uuid(), $1, 'identifiers.serialNumber:S0', '0', 'x', 'S0')`,
    [organization],
  );
  const task = await bench.submit(organization, 'import-inventory-items', file([0, 0]));
  await bench.working(async () => {
    const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    const handedBack = 'select from tasks where id = $1 and run_after > created_at';
    while ((await bench.pool.query(waits)).rowCount === 0);
    while ((await bench.pool.query(handedBack, [task.id])).rowCount === 0);
    await other.query('rollback');
    other.release();
    expect(await bench.finished(task, 60_000)).toMatchObject({ status: 'completed', counters: { inserts: 2 } });
  });
});
