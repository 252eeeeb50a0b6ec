import type { CsvFormat } from '../readers/csv/describe-csv.ts';
import type { NdjsonFormat } from '../readers/ndjson/describe-ndjson.ts';
import type { StoredPlan } from '../store/queue/task-work.ts';
import type { WritePlan } from '../targets/adopted/plan/plan.ts';
import { TaskError } from '../task/errors.ts';
import type { Criteria } from './criteria/criteria.ts';
import type { BoundColumns } from './import/bind-columns.ts';

export interface ImportPlan {
  readonly format: CsvFormat;
  readonly columns: BoundColumns;
  /** How lines are written into a table that OpenBulk did not make. */
  readonly write?: WritePlan;
}

export interface PatchPlan {
  readonly format: NdjsonFormat;
}

export interface ActPlan {
  /** When all records of the task go back together; not given: never. */
  readonly until?: string;
  /** The newest record there is: the task ends there, however fast others come. */
  readonly newest: string;
  /** How records are set or deleted. */
  readonly write?: WritePlan;
  /** The id of the task that puts back what this one sets for a time. */
  readonly revertId?: string;
}

export interface ExportPlan {
  readonly criteria: Criteria;
  /**
   * Records with greater ids came later and are not in it, so that an export ends however fast records come; null: there
   * are none.
   */
  readonly last: string | null;
  /** Of a CSV: the open columns that it has. */
  readonly openNames: readonly string[];
  /** Records counted. */
  readonly total: number;
  /** How far the records were looked at, by id; not given: all were. */
  readonly surveyed?: { readonly after?: string };
}

/** What the first slice finds out and later ones keep to, by the operation of the task. */
export interface Plans {
  readonly import: ImportPlan;
  readonly patch: PatchPlan;
  readonly act: ActPlan;
  readonly export: ExportPlan;
}

interface Form<Plan> {
  /** The newest there is, which this program writes. What an older program could not go on with has the next number. */
  readonly version: number;
  /** What every plan has. */
  readonly members: readonly (keyof Plan)[];
  /** What plans without a version, which are older than all others, may lack. */
  readonly unversioned: Partial<Plan>;
}

const FORMS: { readonly [O in keyof Plans]: Form<Plans[O]> } = {
  import: { version: 1, members: ['format', 'columns'], unversioned: {} },
  patch: { version: 1, members: ['format'], unversioned: {} },
  // They had no end but that of the devices.
  act: { version: 1, members: ['newest'], unversioned: { newest: 'ffffffff-ffff-ffff-ffff-ffffffffffff' } },
  // All records were looked at.
  export: { version: 1, members: ['criteria', 'last', 'openNames', 'total'], unversioned: { total: 0 } },
};

/** A plan of a version that only a newer program knows: the task is left to that one. */
export class NewerPlanError extends Error {
  override readonly name = 'NewerPlanError';

  constructor() {
    super('The task was planned by a newer version of OpenBulk, which must continue it.');
  }
}

/** A plan as it is stored with its task. */
export function toStoredPlan<O extends keyof Plans>(operation: O, plan: Plans[O]): StoredPlan {
  return { ...plan, version: FORMS[operation].version };
}

/**
 * The plan of a task as it was kept with it; `undefined` before there is one.
 *
 * @throws NewerPlanError; TaskError when it is no plan of the operation
 */
export function readPlan<O extends keyof Plans>(operation: O, stored: unknown): Plans[O] | undefined {
  if (stored === undefined) return undefined;
  const { version, ...rest } = stored as Partial<StoredPlan>;
  const form = FORMS[operation];
  if (version !== undefined && version > form.version) throw new NewerPlanError();
  const plan = version === undefined ? { ...form.unversioned, ...rest } : rest;
  if (form.members.every((member) => member in plan)) return plan as Plans[O];
  throw new TaskError('unsupported_action', 'This server cannot read the plan of this task. Submit the task again.');
}
