import { z } from 'zod';
import { isStorable, UNSTORABLE } from '../../../http/bodies/storable.ts';
import { checkedBy } from '../../../schema-compilers.ts';

/** Maximum size of a body of rows; larger ones must be sent as a report. Parsing it blocks the server. */
export const MAX_ROWS_BYTES = 2 * 1024 * 1024;
const MAX_ROWS = 10_000;
/** Maximum number of reported invalid rows, and cells per row. */
const MAX_TOLD = 20;

const row = z.object({
  line: z.int().min(1).describe('Line number in the first imported file.'),
  cells: z.array(z.string().refine(isStorable, UNSTORABLE)).describe('All cells of the corrected line.'),
});

/** Corrected lines as JSON. */
const schema = z.object({ rows: z.array(row).min(1).max(MAX_ROWS) });
export const rowsBody = checkedBy(schema, checkRows);

/**
 * Checks a body of rows. The schema alone would make an issue of each of two million cells that are wrong, which takes minutes: so it is
 * shown the first wrong rows, and the first wrong cells of them, and nothing where all is well.
 */
function checkRows(data: unknown): z.ZodSafeParseResult<z.output<typeof schema>> {
  const { rows } = (data ?? {}) as { readonly rows?: unknown };
  if (!Array.isArray(rows) || rows.length === 0) return schema.safeParse(data);
  if (rows.length > MAX_ROWS) return schema.safeParse({ rows: rows.slice(0, MAX_ROWS + 1).map(() => EXAMPLE) });
  const wrong = new Set<number>();
  for (let at = 0; at < rows.length && wrong.size < MAX_TOLD; at += 1) if (!isRow(rows[at])) wrong.add(at);
  if (wrong.size === 0) return { success: true, data: { rows: rows.map(({ line, cells }) => ({ line, cells })) } };
  const last = Math.max(...wrong);
  return schema.safeParse({
    rows: rows.slice(0, last + 1).map((one, at) => (wrong.has(at) ? withFewCells(one) : EXAMPLE)),
  });
}

const EXAMPLE = { line: 1, cells: [] };

function isRow(one: unknown): one is z.output<typeof row> {
  const { line, cells } = (one ?? {}) as { readonly line?: unknown; readonly cells?: unknown };
  return Number.isSafeInteger(line) && Number(line) >= 1 && Array.isArray(cells) && cells.every(isCell);
}

function isCell(cell: unknown): boolean {
  return typeof cell === 'string' && isStorable(cell);
}

/** A row up to the last of the first wrong cells. */
function withFewCells(one: unknown): unknown {
  const { cells } = (one ?? {}) as { readonly cells?: unknown };
  if (!Array.isArray(cells)) return one;
  const few: unknown[] = [];
  for (let at = 0, told = 0; at < cells.length && told < MAX_TOLD; at += 1) {
    const good = isCell(cells[at]);
    if (!good) told += 1;
    // What is right is only there so that the others keep their places.
    few.push(good ? '' : cells[at]);
  }
  return { ...(one as object), cells: few };
}
