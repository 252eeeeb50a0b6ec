import { type Command, Option } from 'commander';
import { type ClientCredentials, createClient, revokeClient } from '../../auth/clients/clients.ts';
import { listClients } from '../../auth/clients/list-clients.ts';
import { rotateClient } from '../../auth/clients/rotate-client.ts';
import { ALL_PERMISSIONS, type Permission } from '../../auth/permissions.ts';
import { readConfig } from '../../config/config.ts';
import { needOwnIssuer } from '../own-issuer.ts';
import { CommandError } from '../terminal/exit.ts';
import { moment, plain } from '../terminal/format.ts';
import { note, print, printJson, table } from '../terminal/output.ts';
import { graceSeconds, permissionList } from '../terminal/values.ts';
import { namedOrganization, withDatabase } from '../with-database.ts';

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
    .description('create a client (OAuth 2 client credentials); its secret is shown only once')
    .requiredOption('--name <name>', 'a name for people to recognize it by')
    .option('--org <org>', 'organization it can access: slug or id', 'demo')
    .option('--permissions <list>', 'permissions of its tokens, separated by commas (default: all)', permissionList)
    .option('--json', 'print it as JSON')
    .action(create);
  client
    .command('list')
    .description('list the clients')
    .option('--org <org>', 'only clients of this organization: slug or id')
    .option('--json', 'print them as JSON')
    .action(list);
  client
    .command('rotate')
    .description('give a client a new secret, shown only once; the old one keeps working for a while')
    .argument('<client-id>', 'its id')
    .addOption(
      new Option('--grace <duration>', 'how long the old secret keeps working, such as 1h or 7d; 0 ends it at once')
        .argParser(graceSeconds)
        .default(86_400, '24h'),
    )
    .option('--json', 'print it as JSON')
    .action(rotate);
  client
    .command('revoke')
    .description("revoke a client's access; its tokens stop working within a minute")
    .argument('<client-id>', 'its id')
    .action(revoke);
}

async function create({ org, name, permissions = ALL_PERMISSIONS, json }: CreateOptions): Promise<void> {
  needOwnIssuer(readConfig());
  await withDatabase(async (pool) => {
    const organization = await namedOrganization(pool, org);
    show(await createClient({ pool }, { organizationId: organization.id, name, permissions }), json);
  });
}

async function rotate(clientId: string, { grace, json }: { grace: number; json?: true }): Promise<void> {
  needOwnIssuer(readConfig());
  await withDatabase(async (pool) => {
    const credentials = await rotateClient({ pool }, clientId, grace);
    if (!credentials) throw noClient(clientId);
    show(credentials, json);
    const until = moment(new Date(Date.now() + grace * 1000).toISOString());
    note(grace === 0 ? 'The old secret no longer works.' : `The old secret works until ${until}.`);
  });
}

function show(credentials: ClientCredentials, json?: true): void {
  if (json) printJson(credentials);
  else print(`client id      ${credentials.clientId}\nclient secret  ${credentials.clientSecret}`);
  note('Store the secret now: it is not shown again.');
}

async function list({ org, json }: { org?: string; json?: true }): Promise<void> {
  await withDatabase(async (pool) => {
    const clients = await listClients(
      { pool },
      org === undefined ? undefined : (await namedOrganization(pool, org)).id,
    );
    if (json) return printJson(clients);
    const rows = clients.map((each) => [
      each.clientId,
      each.organization,
      plain(each.name),
      moment(each.createdAt),
      each.permissions.length === ALL_PERMISSIONS.length ? 'all' : each.permissions.join(','),
    ]);
    print(table([['CLIENT ID', 'ORG', 'NAME', 'CREATED', 'PERMISSIONS'], ...rows]));
  });
}

async function revoke(clientId: string): Promise<void> {
  await withDatabase(async (pool) => {
    if (!(await revokeClient({ pool }, clientId))) throw noClient(clientId);
    note(`Client ${clientId} is revoked.`);
  });
}

function noClient(clientId: string): CommandError {
  return new CommandError(
    `No client has the id ${JSON.stringify(plain(clientId))}. "openbulk client list" shows all clients.`,
  );
}
