import type { Connection } from '../connection/connection.ts';
import { fill } from '../dialect.ts';
import type { operations } from '../generated/organizations.ts';
import type { SubmittedTask } from '../tasks/task.ts';
import type { UploadFile } from './source.ts';
import { type SubmitOptions, upload } from './upload.ts';

/** What to import, and how. */
export interface ImportOrder {
  /** Id or slug. */
  readonly organization: string;
  readonly action: operations['postOrganizationsBulkTasks']['requestBody']['content']['multipart/form-data']['action'];
  /** A `File` or `Blob` can be sent again when the connection breaks off; a stream, once begun, cannot. */
  readonly file: UploadFile;
  /** Name of the file; that of a `File` unless given. */
  readonly fileName?: string;
  /** Whether a line whose record is there already updates it; else it is skipped. */
  readonly override?: boolean;
  /**
   * Instead of `override`: `insert` (a line whose record is there is an error), `update` (one whose record is not), `delete` (each line deletes
   * its record).
   */
  readonly mode?: 'insert' | 'update' | 'delete';
  /** What a blank cell does to a record that is there: `clear` removes its value, as if not given; `keep` leaves it. */
  readonly blankCells?: 'clear' | 'keep';
  /** Target column to header of the file. */
  readonly mapping?: Readonly<Record<string, string>>;
  /** Target column to value, for every line. */
  readonly constants?: Readonly<Record<string, string>>;
  /** How the file writes dates, such as `DD/MM/YYYY`. */
  readonly dateFormat?: string;
  /** Target column to how the file writes its dates, such as `M/D/YY` or `Excel`, or its numbers, such as `1.234,56`. */
  readonly formats?: Readonly<Record<string, string>>;
  /** Cells that mean that there is no value, such as `NULL`. */
  readonly missingValues?: readonly string[];
  /** Whether rows that end early are taken, with the cells that they lack blank; else they are errors. */
  readonly allowShortRows?: boolean;
  /** Of the file; found out if not given. */
  readonly encoding?: string;
  /** Whether only to find out what would become of every line: no record is written. */
  readonly dryRun?: boolean;
}

const PATH = '/v1/organizations/{organizationId}/bulk-tasks';

/** Uploads a file to import, and gives the task that was made of it. @throws as `upload` */
export function submitImport(
  connection: Connection,
  order: ImportOrder,
  options?: SubmitOptions,
): Promise<SubmittedTask> {
  const { organization, file, fileName } = order;
  const path = fill(PATH, { organizationId: organization });
  return upload(connection, { organization, path, fields: fieldsOf(order), file, fileName }, options);
}

function fieldsOf(order: ImportOrder): Readonly<Record<string, string>> {
  const { action, override, mode, mapping, constants, dateFormat, encoding, dryRun } = order;
  const { formats, missingValues, allowShortRows, blankCells } = order;
  return {
    action,
    ...(mode ? { mode } : { override: String(override === true) }),
    ...(blankCells && { blankCells }),
    ...(mapping && { mapping: JSON.stringify(mapping) }),
    ...(constants && { constants: JSON.stringify(constants) }),
    ...(dateFormat !== undefined && { dateFormat }),
    ...(formats && { formats: JSON.stringify(formats) }),
    ...(missingValues && { missingValues: JSON.stringify(missingValues) }),
    ...(allowShortRows && { allowShortRows: 'true' }),
    ...(encoding !== undefined && { encoding }),
    ...(dryRun && { dryRun: 'true' }),
  };
}
