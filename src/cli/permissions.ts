import type { Command } from 'commander';
import { PERMISSIONS } from '../auth/permissions.ts';
import { print, printJson, table } from './output.ts';

export function addPermissions(program: Command): void {
  program
    .command('permissions')
    .description('list what a token or a client can be allowed to do')
    .option('--json', 'print them as JSON')
    .action((options: { json?: true }) => {
      if (options.json) printJson(PERMISSIONS);
      else print(table([['PERMISSION', 'MEANING'], ...Object.entries(PERMISSIONS)]));
    });
}
