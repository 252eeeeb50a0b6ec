import { parse } from 'csv-parse/sync';
import { generate } from '../../../examples/generate.ts';
import type { Pool } from '../../../src/store/connection/pool.ts';
import { parseLines } from '../../../src/task/ledger.ts';
import type { Task } from '../../../src/task/task.ts';

/** A generated file and, worked out with another reader and by the plainest rules, what must come of importing it. */
export interface Generated {
  readonly csv: string;
  /** Outcome of every line, by line. */
  readonly outcomes: ReadonlyMap<number, string>;
  /** Name of the record of every key. */
  readonly records: ReadonlyMap<string, string>;
}

export function generated(rows: number, seed = 7): Generated {
  const csv = [...generate(rows, seed)].join('');
  const parsed = parse(csv, { relax_column_count: true, info: true }) as unknown as {
    record: string[];
    info: { lines: number };
  }[];
  const outcomes = new Map<number, string>();
  const records = new Map<string, string>();
  const header = parsed[0]?.record.length as number;
  let line = 1;
  for (const [index, { record, info }] of parsed.entries()) {
    const start = line;
    // csv-parse counts the line on which a record ends.
    line = info.lines + 1;
    if (index === 0) continue;
    const [name, , , , , , , date, price, serial] = record as [string, ...string[]];
    const bad = record.length !== header || name === '' || date === '31/31/2024' || price === 'a lot' || serial === '';
    if (bad) outcomes.set(start, 'errored');
    else if (records.has(`identifiers.serialNumber:${serial}`)) outcomes.set(start, 'skipped');
    else {
      outcomes.set(start, 'inserted');
      records.set(`identifiers.serialNumber:${serial}`, name);
    }
  }
  return { csv, outcomes, records };
}

/** Outcome of every line as the ledger has it. @throws when a line is reported twice */
export async function ledgerOutcomes(pool: Pool, task: Task): Promise<Map<number, string>> {
  const { rows } = await pool.query('select * from task_chunks where task_id = $1 order by chunk', [task.id]);
  const outcomes = new Map<number, string>();
  const report = (line: number, outcome: string) => {
    if (outcomes.has(line)) throw new Error(`line ${line} is reported twice`);
    outcomes.set(line, outcome);
  };
  for (const row of rows) {
    for (const outcome of ['inserted', 'updated', 'skipped'])
      for (const line of parseLines(row[outcome])) report(line, outcome);
    for (const { line } of row.errored) report(line, 'errored');
  }
  return outcomes;
}

/** Name of the record of every key, as the table has it. */
export async function storedNames(pool: Pool, organizationId: string): Promise<Map<string, string>> {
  const { rows } = await pool.query('select key, basic_name from inventory_items where organization_id = $1', [
    organizationId,
  ]);
  return new Map(rows.map(({ key, basic_name }) => [key, basic_name]));
}
