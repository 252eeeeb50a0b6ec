import { z } from 'zod';
import { textsByName } from '../../../request-schemas.ts';
import { hex24, success, task, whole } from '../schema.ts';

/** What the operations around an import answer: its preview, what was not applied, and the fixes of that. */

/** An import with the tasks that correct its lines, in the order in which they were made. */
export const familyEnvelope = success(
  z.object({
    root: hex24.describe('The first task of the family.'),
    tasks: z.array(task),
    ledger: z
      .object({
        ...{ numItems: whole, numInserts: whole, numUpdates: whole, numDeletes: whole.optional() },
        ...{ numSkips: whole, numErrors: whole },
      })
      .describe('Each line of the first file once, with its latest outcome.'),
  }),
);

/** Why lines of a task were not applied, the most frequent cause first. */
export const causesEnvelope = success(
  z.object({
    causes: z.array(
      z.object({
        code: z.string(),
        column: z.string().optional(),
        count: whole,
        examples: z.array(z.object({ line: whole, reason: z.string(), value: z.string().optional() })),
      }),
    ),
    total: whole.describe('Number of errored lines; with `open`, of those that are not corrected yet.'),
  }),
);

/** A page of the lines that were not applied, in line order. */
export const linesEnvelope = success(
  z.object({
    header: z.array(z.string()),
    lines: z.array(
      z.object({
        line: whole,
        outcome: z.enum(['errored', 'skipped']),
        code: z.string(),
        column: z.string().optional(),
        columnIndex: whole.optional().describe('Index in `cells` of the invalid cell.'),
        reason: z.string(),
        cells: z.array(z.string()),
        fix: z
          .object({ taskId: hex24, status: z.enum(['applied', 'pending']) })
          .optional()
          .describe('The task that corrects or has corrected the line; the line cannot be submitted again.'),
      }),
    ),
    next: whole.nullable().describe('`after` of the next page; null if this is the last page.'),
  }),
);

/** How an import would read the beginning of a file. */
export const previewEnvelope = success(
  z.object({
    encoding: z.string(),
    delimiter: z.string(),
    compression: z.string(),
    header: z.array(z.string()),
    rows: z.array(z.array(z.string())).describe('Cells of the first records, at most 50.'),
    complete: z.boolean().describe('Whether `rows` is the whole file.'),
    columns: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        required: z.boolean(),
        key: z.boolean(),
        open: z.boolean(),
        examples: z.array(z.string()),
      }),
    ),
    suggestions: textsByName().describe('Target column to header.'),
    dateFormats: textsByName().describe('Header to its date format.'),
    numberFormats: textsByName().describe('Header to its number format, if it is not plain, such as `1.234,56`.'),
    report: z
      .boolean()
      .describe('Whether the file is an OpenBulk report, which can be submitted to its task as corrections.'),
    fits: z
      .array(z.string())
      .describe(
        'Resources whose key the columns have, by their names. If there is none, the file may need a new resource.',
      ),
    shortRows: whole
      .optional()
      .describe(
        'Number of records without their last cells, if no record has another error: `allowShortRows` accepts them.',
      ),
  }),
);
