import type { PlannedConstraint, WritePlan } from '../plan/plan.ts';

/**
 * SQLSTATEs that are never a line's fault (PostgreSQL manual, appendix A): connection, transaction state, conflicts with other
 * transactions, resources, objects in use, operators, the system; a table or a column that is not there any more.
 */
export const NOT_OF_A_LINE = /^(08|25|40|53|55|57|58|XX)|^(42P01|42703)$/;

/** Why the database did not take a line, by the kind of what was against it. */
export type FaultCode =
  | 'reference_missing'
  | 'referenced'
  | 'duplicate_value'
  | 'check_violated'
  | 'domain_violated'
  | 'missing_value'
  | 'excluded'
  | 'invalid_value'
  | 'not_allowed'
  | 'refused'
  | 'exists'
  | 'not_found';

/** What is wrong with a line. */
export interface LineFault {
  /** Of the line among those of its chunk, from 0. */
  readonly index: number;
  readonly code: FaultCode;
  /** Columns of the table, where they are known. */
  readonly columns: readonly string[];
  readonly constraint?: string;
  /** A sentence; the owner's own where a trigger or a check of his said one. */
  readonly reason: string;
}

/** A fault as the function on the server tells it. */
export interface ToldFault {
  /** Of the line, from 1. */
  readonly n: number;
  /** Where no statement was needed to find it. */
  readonly code?: 'exists' | 'not_found' | 'missing_key';
  readonly state?: string;
  readonly constraint?: string;
  readonly column?: string;
  readonly type?: string;
  readonly table?: string;
  readonly message?: string;
  readonly detail?: string | null;
}

export function toFault(plan: WritePlan, told: ToldFault): LineFault {
  const index = told.n - 1;
  const key = plan.key.map(({ column }) => column).filter((name) => name !== plan.organization?.column);
  switch (told.code) {
    case 'exists':
      return { index, code: 'exists', columns: key, reason: 'A record with this key is there already.' };
    case 'not_found':
      return { index, code: 'not_found', columns: key, reason: 'There is no record with this key.' };
    case 'missing_key':
      return { index, code: 'missing_value', columns: key, reason: `${key.join(', ')} is needed to find the record.` };
    default:
      return ofDatabase(plan, index, told);
  }
}

function ofDatabase(plan: WritePlan, index: number, told: ToldFault): LineFault {
  const constraint = plan.constraints.find((one) => one.name === told.constraint && one.table === told.table);
  const code = codeOf(told, constraint);
  const ofKey = code === 'duplicate_value' && plan.keyIndexes.includes(told.constraint ?? '');
  if (plan.mode === 'insert' && ofKey) return toFault(plan, { n: index + 1, code: 'exists' });
  const columns = told.column ? [told.column] : (constraint?.columns ?? []);
  return {
    ...{ index, code, columns },
    ...(told.constraint && { constraint: told.constraint }),
    reason: reasonOf(code, columns, told),
  };
}

function codeOf(told: ToldFault, constraint: PlannedConstraint | undefined): FaultCode {
  const { state = '', type } = told;
  switch (state) {
    case '23503':
      return isReferenceMissing(told, constraint) ? 'reference_missing' : 'referenced';
    case '23505':
      return 'duplicate_value';
    case '23514':
      return type ? 'domain_violated' : 'check_violated';
    case '23502':
      return 'missing_value';
    case '23P01':
      return 'excluded';
    case '44000':
      return 'check_violated';
    case '42501':
      return 'not_allowed';
    default:
      return state.startsWith('22') ? 'invalid_value' : 'refused';
  }
}

/**
 * A foreign key is violated from either side. That of another table is by who takes away what it references; one to the table itself tells
 * only in the detail, in whatever language, whose columns it is about.
 */
function isReferenceMissing({ detail }: ToldFault, constraint: PlannedConstraint | undefined): boolean {
  if (constraint?.kind !== 'foreign key') return false;
  return !constraint.self || !detail || detail.includes(`(${constraint.columns.join(', ')})=(`);
}

function reasonOf(code: FaultCode, columns: readonly string[], { constraint, message = '', table }: ToldFault): string {
  const named = columns.join(', ');
  const by = constraint ? ` (${constraint})` : '';
  switch (code) {
    case 'reference_missing':
      return `${named || 'The record'} refers to a record that is not there${by}.`;
    case 'referenced':
      return `Records of ${table} refer to this record${by}.`;
    case 'duplicate_value':
      return `Another record has the same ${named || 'value'}${by}.`;
    case 'check_violated':
      return constraint ? `The record does not meet the check ${constraint} of its table.` : message;
    case 'domain_violated':
      return `${named || 'A value'} does not meet the check ${constraint} of its type.`;
    case 'missing_value':
      return `${named || 'A value'} must not be null.`;
    case 'excluded':
      return `The record conflicts with another one${by}.`;
    default:
      return message;
  }
}
