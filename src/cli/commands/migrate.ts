import type { Command } from 'commander';
import { note } from '../terminal/output.ts';
import { withDatabase } from '../with-database.ts';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('update the database schema to the version of this program; every start does this by itself')
    .action(() => withDatabase(async () => note('The database is up to date.')));
}
