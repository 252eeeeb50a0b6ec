import type { Command } from 'commander';
import { createClient } from '../auth/clients.ts';
import { ALL_PERMISSIONS, type Permission } from '../auth/permissions.ts';
import { note, print, printJson } from './output.ts';
import { permissionList } from './values.ts';
import { namedOrganization, withDatabase } from './with-database.ts';

interface CreateOptions {
  readonly org: string;
  readonly name: string;
  readonly permissions?: readonly Permission[];
  readonly json?: true;
}

export function addClient(program: Command): void {
  const client = program.command('client').description('programs that fetch their own tokens at /oauth2/token');
  client
    .command('create')
    .description('make a client (OAuth 2 client credentials); its secret is shown this once')
    .requiredOption('--name <name>', 'what it is, for people')
    .option('--org <org>', 'organization it acts in: slug or id', 'demo')
    .option(
      '--permissions <list>',
      'what its tokens may allow, separated by commas (default: everything)',
      permissionList,
    )
    .option('--json', 'print it as JSON')
    .action(create);
}

async function create({ org, name, permissions = ALL_PERMISSIONS, json }: CreateOptions): Promise<void> {
  await withDatabase(async (pool) => {
    const organization = await namedOrganization(pool, org);
    const credentials = await createClient({ pool }, { organizationId: organization.id, name, permissions });
    if (json) printJson(credentials);
    else print(`client id      ${credentials.clientId}\nclient secret  ${credentials.clientSecret}`);
    note('The secret cannot be shown again: keep it now.');
  });
}
