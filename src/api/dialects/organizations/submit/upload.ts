import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { StoredBytes } from '../../../../files/file-store.ts';
import type { Problem } from '../../../../service/platform/service-error.ts';
import type { Catalogue } from '../../../../service/resources/catalogue.ts';
import { checkImport, requireImport } from '../../../../service/submit/check-import.ts';
import type { Intake } from '../../../../service/submit/intake.ts';
import { listImports } from '../../../../service/tasks/list-actions.ts';
import { blankCells, type ImportConfig, importModes } from '../../../../task/task.ts';
import { cut } from '../../../../task/text/characters.ts';
import { invalid, Refusal } from '../../../errors/failure.ts';
import { fieldMessages, messages } from '../../../errors/messages.ts';
import { limited, tooLarge } from '../../../http/bodies/limit-upload.ts';
import { type FormPart, readForm } from '../../../http/bodies/multipart.ts';
import { filledIn } from '../../../http/bodies/query-string.ts';
import { isStorable, UNSTORABLE } from '../../../http/bodies/storable.ts';
import { boolean, oneOf, storedTextsByName } from '../../../request-schemas.ts';
import { MAX_MIMETYPE, MAX_NAME } from '../schema.ts';
import { FORM_BYTES, takeField } from './form-fields.ts';

export interface ImportUpload {
  readonly action: string;
  readonly config: ImportConfig;
  readonly file: StoredBytes & { readonly originalName: string; readonly mimetype: string };
}

/** What the fields say. */
type Order = Omit<ImportUpload, 'file'>;

export interface UploadOptions {
  readonly catalogue: Catalogue;
  /** Of who submits it. */
  readonly permissions: ReadonlySet<string>;
  readonly intake: Intake;
  readonly boundary: string;
  /** Of the file, bytes. */
  readonly maxUploadBytes: number;
}

const storable = z.string().refine(isStorable, UNSTORABLE);

function object(example: string) {
  const message = `must be a JSON object whose values are strings, such as ${example}`;
  return json(message).pipe(storedTextsByName(message));
}

function json(message: string) {
  return z.string().transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
  });
}

const MISSING_VALUES = 'must be a JSON array of strings, such as ["NULL","N/A"]';

/** The fields of the form, beside `file`. */
const uploadFields = z.object({
  action: storable.optional(),
  override: boolean.optional().describe('Whether a line updates an existing record; otherwise the line is skipped.'),
  mode: oneOf(importModes)
    .optional()
    .describe(
      'Instead of `override`. `insert`: a line whose record exists is an error; `update`: a line whose record does not exist is; `delete`: each line deletes the record of its key.',
    ),
  blankCells: oneOf(blankCells)
    .optional()
    .describe(
      'What a blank cell does to an existing record: `clear` removes its value (the default), `keep` leaves it.',
    ),
  mapping: object('{"basic.name":"Name"}')
    .optional()
    .describe(
      'JSON: target column to header of the file. A column with an empty or repeated name is given by its position: `#3` is the third.',
    ),
  constants: object('{"basic.type":"laptop"}').optional().describe('JSON: target column to value, for every line.'),
  dateFormat: storable.optional().describe('Date format of the file, such as `DD/MM/YYYY`.'),
  formats: object('{"purchase.pricing":"1.234,56"}')
    .optional()
    .describe(
      'JSON: target column to its date format, such as `M/D/YY` or `Excel`, or its number format: 1234.56 as the file writes it, such as `1.234,56`.',
    ),
  missingValues: json(MISSING_VALUES)
    .pipe(z.array(storable, { error: MISSING_VALUES }))
    .optional()
    .describe('JSON: cell texts to treat as empty, such as `["NULL","N/A"]`; case-sensitive.'),
  allowShortRows: boolean
    .optional()
    .describe(
      'Whether to accept rows with too few cells and treat the missing cells as blank; otherwise such rows are errors.',
    ),
  encoding: storable
    .max(64, fieldMessages.characters(64))
    .optional()
    .describe('Character set of the file; detected if not given.'),
  dryRun: boolean.optional().describe('Whether to find the outcome of every line without writing any record.'),
});

/** The whole form, for its OpenAPI document; an upload is checked field by field as it arrives. */
export const uploadForm = uploadFields.extend({
  action: z
    .union([z.enum(listImports()), z.string()])
    .describe('What to do with the file: `import-` and the name of a resource.'),
  file: z.file().describe('The file, after the fields.'),
});

const FIELDS: readonly string[] = Object.keys(uploadFields.shape);

/** Refuses at once what says itself that it is too large. */
export function refuseLarge(contentLength: string | undefined, maxUploadBytes: number): void {
  if (Number(contentLength ?? 0) > maxUploadBytes + FORM_BYTES) throw tooLarge(maxUploadBytes);
}

/**
 * Takes in the form of a submission; its file goes into the store as it arrives. When the fields come first, as they should,
 * what is wrong with them is told before the file is read.
 *
 * @throws Refusal `invalid`, `malformed`, `too_large`
 */
export async function receiveUpload(content: Readable, options: UploadOptions): Promise<ImportUpload> {
  const fields: Record<string, string> = Object.create(null);
  let file: (ImportUpload['file'] & { readonly charset?: string }) | undefined;
  let order: Order | undefined;
  const { boundary, maxUploadBytes } = options;
  const form = { boundary, maxBytes: maxUploadBytes + FORM_BYTES, tooLarge: () => tooLarge(maxUploadBytes) };
  for await (const part of readForm(content, form)) {
    if (part.name !== 'file') {
      await takeField(part, fields, FIELDS);
      order = undefined;
    } else if (file) throw invalid('file', 'is given more than once; a submission takes one file');
    else {
      if (fields.action !== undefined) order = parseFields(options, fields, part.charset);
      file = await takeFile(part, options);
    }
  }
  if (!file || (file.size === 0 && file.originalName === '')) throw invalid('file', fieldMessages.missing);
  const { charset, ...stored } = file;
  return { ...(order ?? parseFields(options, fields, charset)), file: stored };
}

async function takeFile(
  part: FormPart,
  { intake, maxUploadBytes }: UploadOptions,
): Promise<ImportUpload['file'] & { charset?: string }> {
  const stored = await intake.put(limited(part.body, maxUploadBytes));
  return {
    ...stored,
    originalName: cut((part.fileName ?? '').replaceAll('\0', '').toWellFormed(), MAX_NAME),
    mimetype: cut(part.mimetype.replaceAll('\0', ''), MAX_MIMETYPE),
    ...(part.charset && { charset: part.charset }),
  };
}

/** @param charset that the file's part declares; a field says it more plainly */
function parseFields(
  { catalogue, permissions }: UploadOptions,
  fields: Readonly<Record<string, string>>,
  charset?: string,
): Order {
  const parsed = uploadFields.safeParse(filledIn(fields));
  if (!parsed.success) {
    throw refuse(parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })));
  }
  const { action, override, mode, mapping, constants, dateFormat, formats, missingValues, allowShortRows } =
    parsed.data;
  const { encoding = charset, dryRun, blankCells: blank } = parsed.data;
  if (action === undefined) throw invalid('action', fieldMessages.missing);
  if (mode && override !== undefined) throw invalid('mode', fieldMessages.modeBesideOverride);
  const config = {
    override: mode === 'update' || override === true,
    ...(mode && { mode }),
    ...(blank && { blankCells: blank }),
    ...(mapping && { mapping }),
    ...(constants && { constants }),
    ...(dateFormat && { dateFormat }),
    ...(formats && { formats }),
    ...(missingValues && { missingValues }),
    ...(allowShortRows && { allowShortRows }),
    ...(encoding && { encoding }),
    ...(dryRun && { dryRun }),
  };
  requireImport(catalogue, action, permissions, config);
  const problems = checkImport(catalogue, action, config);
  if (problems.length > 0) throw refuse(problems);
  return { action, config };
}

/** What is wrong with a form, field by field. */
export function refuse(problems: readonly Problem[]): Refusal {
  return new Refusal('invalid', messages.invalid, { problems });
}

/** A hash that two submissions share exactly when they ask the same. */
export function fingerprint({ action, config, file }: ImportUpload): string {
  const { originalName, mimetype, size, sha256 } = file;
  const sorted = (pairs: Readonly<Record<string, string>> = {}) =>
    Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1));
  const { override, mode, mapping, constants, dateFormat = null, encoding = null, dryRun } = config;
  const { formats, missingValues, allowShortRows, blankCells: blank } = config;
  const asked = [
    action,
    override,
    sorted(mapping),
    sorted(constants),
    dateFormat,
    encoding,
    ...(mode ? [{ mode }] : []),
    ...(blank ? [{ blank }] : []),
    ...(dryRun ? ['dryRun'] : []),
    ...(formats ? [{ formats: sorted(formats) }] : []),
    ...(missingValues ? [{ missingValues: missingValues.toSorted() }] : []),
    ...(allowShortRows ? ['allowShortRows'] : []),
  ];
  return createHash('sha256')
    .update(JSON.stringify([...asked, originalName, mimetype, size, sha256]))
    .digest('hex');
}
