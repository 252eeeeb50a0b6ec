import { copyText } from '../../../store/connection/copy-text.ts';
import { sqlState, type Transaction } from '../../../store/connection/pool.ts';
import { quoteNames } from '../../../store/connection/quote.ts';
import { TaskError } from '../../../task/errors.ts';
import { CopyRows, type RowsOptions } from '../../copy-rows.ts';
import type { Became, Target, Written } from '../../target.ts';
import type { WritePlan } from '../plan/plan.ts';
import { type NameOf, NOT_OF_A_LINE, type ToldFault, toFault } from './faults.ts';
import { OUTCOMES } from './program/parts.ts';
import { type Look, type Program, writeProgram } from './program/program.ts';

/** A table is so much larger, in lines of ours, when what a session has planned for it is planned anew. */
const GREW = 2;
/** Lines made before that is looked at. */
const FEW = 1_000;

/** A table, a column, a type or a schema that is not there. */
const CHANGED = /^(42P01|42703|42704|3F000)$/;

function tableChanged({ table }: WritePlan, cause: Error): TaskError {
  return new TaskError(
    'table_changed',
    `The table ${quoteNames(table.schema, table.table)} can no longer be written to: ${cause.message}. ` +
      'Lines before this one are applied. Submit the rest of the file as a new task.',
  );
}

/** A table whose owner made it. @param nameOf what its columns are called in faults; as they are if not given */
export function openAdoptedTable(
  plan: WritePlan,
  nameOf: NameOf = (column) => column,
  options: RowsOptions = {},
): Target {
  const writer = openWriter(plan, nameOf);
  return {
    rows: () => new CopyRows(options),
    write: (tx, lines, busy) => writeChunk(tx, writer, lines, busy),
  };
}

/** A plan at work, for the time of one slice, and what the chunks before have taught. */
interface Writer {
  readonly plan: WritePlan;
  readonly nameOf: NameOf;
  readonly program: Program;
  /** Whether there were records for some of the lines of the last chunk; undefined before the first. */
  known: boolean | undefined;
  /** Of its lines, from 0 to 1: those that said what was there already, and those that were refused. */
  unchanged: number;
  errored: number;
  /** Lines that became records. */
  inserted: number;
  /** As many as there were when the session's statements were planned last; undefined: not yet in this slice. */
  planned: number | undefined;
}

function openWriter(plan: WritePlan, nameOf: NameOf): Writer {
  const program = writeProgram(plan);
  return { plan, nameOf, program, known: undefined, unchanged: 0, errored: 0, inserted: 0, planned: undefined };
}

/**
 * Writes a chunk of lines into a table that its owner made, as if one after the other (`Target.write`).
 *
 * The lines are staged as texts, and a function on the server goes through them, with a block for each that takes back what it did when the
 * database refuses it: three messages, however many are refused. Into a table that is declared fit for it they are written at once: lines that
 * are all new are copied straight into it, others inserted as a set. When that fails, and until a chunk is free of errors again, lines go
 * one by one.
 *
 * @throws TaskError `table_changed` when the table is not there any more, or one of its columns; else as `Target.write` does
 */
async function writeChunk(
  tx: Transaction,
  writer: Writer,
  lines: CopyRows,
  busy: () => void = () => {},
): Promise<Written> {
  if (lines.length === 0) return { outcomes: [], faults: [] };
  const { plan } = writer;
  try {
    prepareSession(tx, writer);
    const isNew = plan.sets && !plan.references && writer.known === false && writer.errored === 0;
    const copied = isNew ? await copyNew(tx, writer, lines, busy) : undefined;
    const written = copied ?? (await writeStaged(tx, writer, lines, isNew ? undefined : busy));
    learn(writer, written);
    return written;
  } catch (error) {
    throw CHANGED.test(sqlState(error) ?? '') ? tableChanged(plan, error as Error) : error;
  }
}

/** A plan that a session keeps from when the table was small reads all of it for each line; so do the plans of its foreign keys. */
function prepareSession(tx: Transaction, writer: Writer): void {
  const { planned, inserted, program } = writer;
  if (planned === undefined || inserted > Math.max(FEW, planned * GREW)) {
    tx.send('discard plans');
    writer.planned = inserted;
  }
  tx.send(program.prepare);
}

/**
 * Copies lines straight into the table.
 *
 * @returns undefined when they cannot all be records: nothing is done then
 */
async function copyNew(
  tx: Transaction,
  { program, plan }: Writer,
  lines: CopyRows,
  busy: () => void,
): Promise<Written | undefined> {
  const { organization } = plan;
  tx.send('savepoint openbulk_lines');
  if (plan.searchPath !== undefined) tx.send(`set local search_path = ${plan.searchPath}`);
  const copy = lines.valuesOnly(organization && copyText(organization.value));
  try {
    const { rowCount } = await tx.query({ text: program.copy, copy, sent: busy });
    if (rowCount === lines.length) {
      if (plan.searchPath !== undefined) tx.send('set local search_path to default');
      return { outcomes: new Array<Became>(lines.length).fill('inserted'), faults: [] };
    }
  } catch (error) {
    if (NOT_OF_A_LINE.test(sqlState(error) ?? 'XX')) throw error;
  }
  tx.send('rollback to savepoint openbulk_lines');
  return undefined;
}

async function writeStaged(tx: Transaction, writer: Writer, lines: CopyRows, busy?: () => void): Promise<Written> {
  const { program, plan, nameOf } = writer;
  tx.send({ text: program.stage, copy: lines.allBytes(), ...(busy && { sent: busy }) });
  const { look, block } = tactics(writer, lines.length);
  const { rows } = await tx.query<[string, string]>({
    text: program.write,
    values: [lines.length, look, block],
    rowMode: 'array',
  });
  const [told, faults] = rows[0] as [string, string];
  const outcomes = new Array<Became>(told.length);
  for (let i = 0; i < told.length; i += 1) outcomes[i] = OUTCOMES[told[i] as keyof typeof OUTCOMES];
  if (outcomes.length !== lines.length) throw new Error(`Of ${lines.length} lines ${outcomes.length} have an outcome.`);
  return { outcomes, faults: (JSON.parse(faults) as ToldFault[]).map((fault) => toFault(plan, fault, nameOf)) };
}

/** A set of lines costs the time of some lines more than they take, one that is refused that of its lines besides: measured, not derived. */
const SET_COST = 3;
/** Smaller sets cost more than their lines one by one. */
const SMALLEST_SET = 8;

/** How many lines to write at once, where so many of the chunk before were refused, from 0 to 1. */
function blockOf(errored: number, count: number): number {
  if (errored === 0) return count;
  const best = Math.round(Math.sqrt(SET_COST / errored));
  return best < SMALLEST_SET ? 0 : Math.min(best, count);
}

function tactics({ plan, known, errored, unchanged }: Writer, count: number): { look: Look; block: number } {
  if (plan.sets) {
    const block = blockOf(errored, count);
    const differs = known === true && unchanged === 0 && errored === 0;
    return { look: plan.mode === 'upsert' && plan.locks && differs ? 'lock' : 'compare', block };
  }
  if (plan.mode === 'insert') return { look: 'none', block: 0 };
  // What the comparison finds spares each line a look of its own where no line changes another's record.
  if (plan.independent || (unchanged > 0 && known) || known === undefined) return { look: 'compare', block: 0 };
  // Of lines that are all new there is nothing to be locked.
  return { look: known && plan.locks ? 'lock' : 'none', block: 0 };
}

function learn(writer: Writer, { outcomes, faults }: Written): void {
  let inserted = 0;
  let unchanged = 0;
  for (const outcome of outcomes) {
    if (outcome === 'inserted') inserted += 1;
    else if (outcome === 'unchanged') unchanged += 1;
  }
  writer.known = inserted + faults.length < outcomes.length;
  writer.unchanged = unchanged / outcomes.length;
  writer.errored = faults.length / outcomes.length;
  writer.inserted += inserted;
}
