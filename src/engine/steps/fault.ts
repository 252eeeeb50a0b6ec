import { StoreFullError } from '../../files/file-store.ts';
import { NewerPlanError } from '../../operations/plans.ts';
import { RECORDS_SCHEMA } from '../../resources/tables/plan-table.ts';
import { isConflict, isOutage, sqlState } from '../../store/connection/pool.ts';
import { ElsewhereError } from '../../store/elsewhere/errors.ts';

// SQLSTATE classes and codes (PostgreSQL manual, appendix A): cancelled by a time-out or an operator; an object that is in use or a lock
// that was not given; a server that only reads, as after a fail-over; a right that was withdrawn; a statement prepared before a migration.
const OF_THE_SERVER = /^(57014|55...|25006|42501|0A000)$/;

/** Whether an error says nothing about the records at work: what failed would have failed with any, and can be tried again, or by another worker. */
export function isNoFaultOfRecords(error: unknown): boolean {
  if (error instanceof StoreFullError || error instanceof NewerPlanError || error instanceof ElsewhereError)
    return true;
  if (isOutage(error) || isConflict(error) || isOfTheSystem(error)) return true;
  return OF_THE_SERVER.test(sqlState(error) ?? '');
}

/** An error of the operating system: the file store's disk, its network, too many open files. */
function isOfTheSystem(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}

/** Whether a table that OpenBulk made for a declared resource is not there any more: somebody dropped it by hand (SQLSTATE 42P01). */
export function isRecordsTableGone(error: unknown): error is Error {
  return sqlState(error) === '42P01' && (error as Error).message.includes(`${RECORDS_SCHEMA}.`);
}
