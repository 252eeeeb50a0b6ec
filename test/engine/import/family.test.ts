import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listCauses } from '../../../src/service/lines/list-causes.ts';
import { listLines } from '../../../src/service/lines/list-lines.ts';
import { withIntake } from '../../../src/service/submit/intake.ts';
import { submitFixes } from '../../../src/service/submit/submit-fixes.ts';
import { getFamily } from '../../../src/service/tasks/get-family.ts';
import type { TaskRef } from '../../../src/service/tasks/task-context.ts';
import type { Task } from '../../../src/task/task.ts';
import {
  cellsOf,
  fileArbitrary,
  type Ledger,
  type OracleFile,
  processSerially,
  type Records,
  rowArbitrary,
  toCsv,
} from '../../support/data/oracle.ts';
import { asked, type Bench, openBench, somebody } from '../../support/engine.ts';
import { runs } from '../../support/runs.ts';

/** A file and the corrections of its lines, and of theirs, tell together what became of each line. */
let bench: Bench;
let made = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

type Outcome = keyof Ledger;
const OUTCOMES = ['inserted', 'updated', 'deleted', 'skipped', 'errored'] as const;

/** A task of the family, and what it could not apply. */
interface Member {
  readonly task: Task;
  readonly errored: readonly number[];
}

/** One order of corrections: of which task, and what becomes of its errored lines in turn; `undefined`: they are left as they are. */
const roundArbitrary = fc.record({
  member: fc.nat({ max: 100 }),
  rows: fc.array(fc.option(rowArbitrary, { nil: undefined }), { minLength: 1, maxLength: 5 }),
});

/** The outcome of a line that is processed alone; one that is corrected to nothing lacks what is required. */
function processLine(file: OracleFile, records: Records): Outcome {
  const ledger = processSerially(file, records);
  return OUTCOMES.find((outcome) => ledger[outcome].length > 0) ?? 'errored';
}

function countersOf(outcomes: ReadonlyMap<number, Outcome>) {
  const count = (wanted: Outcome) => [...outcomes.values()].filter((outcome) => outcome === wanted).length;
  return {
    ...{ items: outcomes.size, inserts: count('inserted'), updates: count('updated'), deletes: count('deleted') },
    ...{ skips: count('skipped'), errors: count('errored') },
  };
}

/** The lines that no correction has, page by page: one that needs many chunks has fewer lines than its limit. */
async function openLines(ref: TaskRef): Promise<number[]> {
  const lines: number[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page = await listLines(bench, asked(ref), { outcome: 'errored', open: true, after, limit: 200 });
    lines.push(...page.lines.map(({ line }) => line));
    after = page.next;
  }
  return lines;
}

test("the ledger of a family is that of processing each line's last try serially, after every fix of any of its tasks", async () => {
  const file = fileArbitrary.filter(({ rows }) => rows.length > 0);
  const rounds = fc.array(roundArbitrary, { minLength: 1, maxLength: 5 });
  const run = (task: Task, chunkRows: number) => bench.working(() => bench.finished(task), { chunkRows });
  await fc.assert(
    fc.asyncProperty(file, rounds, fc.integer({ min: 1, max: 7 }), async (first, orders, chunkRows) => {
      made += 1;
      const organizationId = await bench.organization(`family-${made}`);
      const records: Records = new Map();
      const ledger = processSerially(first, records);
      const outcomes = new Map<number, Outcome>();
      for (const outcome of ['inserted', 'updated', 'deleted', 'skipped'] as const) {
        for (const line of ledger[outcome]) outcomes.set(line, outcome);
      }
      const errored = ledger.errored.map(([line]) => line);
      for (const line of errored) outcomes.set(line, 'errored');
      const root = await bench.submit(organizationId, 'import-inventory-items', toCsv(first), first.how);
      await run(root, chunkRows);
      const members: Member[] = [{ task: root, errored }];
      for (const order of orders) {
        const open = members.filter(({ errored }) => errored.length > 0);
        const parent = open[order.member % open.length];
        if (!parent) return;
        const ref = { organizationId, id: parent.task.id };
        const by = { origin: 'organizations', createdBy: somebody };
        const send = (corrections: readonly { line: number; row: OracleFile['rows'][number] }[]) => {
          const rows = corrections.map(({ line, row }) => ({ line, cells: cellsOf(row, first) }));
          // In whatever order they are sent.
          return withIntake(bench, organizationId, (intake) =>
            submitFixes({ ...bench, intake }, asked(ref), by, { rows: rows.toReversed() }, (task) => task),
          );
        };
        const sent = parent.errored.flatMap((line, index) => {
          const row = order.rows[index % order.rows.length];
          return row ? [{ line, row: { ...row, ragged: false } }] : [];
        });
        // What was applied or skipped since, by whatever task of the family, is done.
        const corrections = sent.filter(({ line }) => outcomes.get(line) === 'errored');
        if (corrections.length < sent.length) await expect(send(sent)).rejects.toMatchObject({ code: 'invalid' });
        const listed = await openLines(ref);
        expect(listed).toEqual(parent.errored.filter((line) => outcomes.get(line) === 'errored'));
        const { total } = await listCauses(bench, asked(ref), { open: true });
        expect(total).toBe(listed.length);
        if (corrections.length === 0) continue;
        const child = await send(corrections);
        const done = await run(child, chunkRows);
        const tried = new Map(
          corrections.map(({ line, row }) => [line, processLine({ ...first, rows: [row] }, records)] as const),
        );
        for (const [line, outcome] of tried) outcomes.set(line, outcome);
        expect(done.counters).toEqual(countersOf(tried));
        members.push({ task: child, errored: [...tried].filter(([, o]) => o === 'errored').map(([line]) => line) });
        for (const { id } of [root, child]) {
          const family = await getFamily(bench, { organizationId, id });
          expect(family.ledger).toEqual(countersOf(outcomes));
          expect(family.root.id).toBe(root.id);
          expect(family.tasks.map((task) => task.id)).toEqual(members.map(({ task }) => task.id));
        }
      }
    }),
    { numRuns: runs(25) },
  );
}, 300_000);
