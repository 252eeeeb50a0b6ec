import { Command } from 'commander';
import { version } from '../boot/version.ts';
import { addAccounts } from './commands/accounts.ts';
import { addAct } from './commands/act.ts';
import { addClient } from './commands/client.ts';
import { addImport } from './commands/import.ts';
import { addKeys } from './commands/keys.ts';
import { addMigrate } from './commands/migrate.ts';
import { addOrg } from './commands/org.ts';
import { addPermissions } from './commands/permissions.ts';
import { addResources } from './commands/resources/resources.ts';
import { addRetention } from './commands/retention.ts';
import { addSearchIndex } from './commands/search-index.ts';
import { addServe } from './commands/serve.ts';
import { addTasks } from './commands/tasks/tasks.ts';
import { addToken } from './commands/token.ts';
import { addWork } from './commands/work.ts';
import type { SetExitCode } from './terminal/exit.ts';

const EPILOGUE = `
Examples:
  openbulk import items.csv --action import-inventory-items
  openbulk import users.csv --action import-mdm-users --override --map email="E-mail address"
  openbulk act --resource customers --where country=ES --set segment=south
  openbulk tasks list
  openbulk serve
  openbulk token --org demo --ttl 8h

import, act and tasks connect to the server given by --server and --token (or OPENBULK_SERVER and OPENBULK_TOKEN). If neither
is given, they start their own server, on the database of DATABASE_URL or an embedded one in OPENBULK_DATA (default:
.openbulk in the current folder).

Exit codes: 0 success, 1 failed or cancelled, 2 usage error, 3 completed with errored lines,
130 interrupted by Ctrl-C, 143 terminated by SIGTERM.`;

/** The whole command line. Every error of usage is thrown as a CommanderError, after its message was written. */
export function createProgram(setExitCode: SetExitCode): Command {
  const program = new Command('openbulk')
    .description('Applies a file to thousands or millions of records and reports the outcome of every line.')
    .version(version(), '-V, --version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', EPILOGUE)
    .showHelpAfterError('(add --help for usage)')
    .exitOverride();
  addServe(program);
  addWork(program);
  addMigrate(program);
  addImport(program, setExitCode);
  addAct(program, setExitCode);
  addTasks(program, setExitCode);
  addOrg(program);
  addAccounts(program);
  addClient(program);
  addToken(program);
  addKeys(program);
  addPermissions(program);
  addResources(program, setExitCode);
  addRetention(program);
  addSearchIndex(program);
  return program;
}
