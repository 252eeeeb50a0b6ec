import type { Pool } from '../../../boot/database.ts';
import { COMMAND, type Elsewhere, openConnections } from '../../../boot/elsewhere.ts';
import { ServiceError } from '../../../service/platform/service-error.ts';
import type { Owner } from '../../../service/resources/plan-resource.ts';
import { CommandError } from '../../terminal/exit.ts';
import { namedOrganization, withDatabase } from '../../with-database.ts';

/** Options of every command that works on declared resources. */
export interface Scope {
  /** Not given: resources of every organization. */
  readonly org?: string;
  readonly json?: true;
}

/** Options of commands that change something. */
export interface Applying extends Scope {
  readonly allowLoss?: boolean;
}

/**
 * Works on the resources of an organization, or on those of every organization.
 *
 * @throws CommandError for what a service refuses
 */
export async function withOwner(
  { org }: Scope,
  work: (pool: Pool, owner: Owner, elsewhere: Elsewhere) => Promise<void>,
): Promise<void> {
  await withDatabases(async (pool, elsewhere) => {
    const owner = org === undefined ? null : (await namedOrganization(pool, org)).id;
    try {
      await work(pool, owner, elsewhere);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw new CommandError(error.code === 'not_found' ? NOT_DECLARED : error.message);
    }
  });
}

/** Runs a command on the database, and on the others that the settings name. */
export async function withDatabases(work: (pool: Pool, elsewhere: Elsewhere) => Promise<void>): Promise<void> {
  await withDatabase(async (pool, config, log) => {
    const elsewhere = openConnections(config, log, COMMAND);
    try {
      await work(pool, elsewhere);
    } finally {
      await elsewhere.end();
    }
  });
}

/** The answer to the name of a resource that the owner has not declared. */
export const NOT_DECLARED =
  'This resource is not declared. "openbulk resources list" shows those of every organization; with --org, those of one.';
