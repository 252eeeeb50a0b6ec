import type { Command } from 'commander';
import { inviteAccount, resetAccount } from '../../auth/accounts/account-links.ts';
import { accountName, listAccounts, removeAccount } from '../../auth/accounts/accounts.ts';
import { audienceOf } from '../../auth/issuer/issuer-identity.ts';
import { ALL_PERMISSIONS, type Permission } from '../../auth/permissions.ts';
import type { Pool } from '../../boot/database.ts';
import { issuerOf } from '../../boot/issuer-url.ts';
import { type Config, readConfig } from '../../config/config.ts';
import { listOrganizations } from '../../service/platform/organizations.ts';
import { toHex24 } from '../../task/ids.ts';
import { needOwnIssuer } from '../own-issuer.ts';
import { CommandError, UsageError } from '../terminal/exit.ts';
import { moment, plain } from '../terminal/format.ts';
import { note, print, printJson, table } from '../terminal/output.ts';
import { permissionList } from '../terminal/values.ts';
import { namedOrganization, withDatabase } from '../with-database.ts';

interface AddOptions {
  readonly org?: readonly string[];
  readonly permissions?: readonly Permission[];
}

export function addAccounts(program: Command): void {
  const accounts = program.command('accounts').description('people who sign in to the console with a password');
  accounts.command('list').description('list the accounts').option('--json', 'print them as JSON').action(list);
  accounts
    .command('add')
    .description('create an account and print a link to set its password; the link works once, within a day')
    .argument('<name>', 'name to sign in with, such as an email address')
    .option('--org <org...>', 'organizations it can access: slugs or ids (default: all)')
    .option('--permissions <list>', 'its permissions, separated by commas (default: all)', permissionList)
    .action(add);
  accounts
    .command('reset')
    .description('print a link to reset the password of an account; the old password works until then')
    .argument('<name>', 'its name')
    .action(reset);
  accounts
    .command('remove')
    .description('delete an account and end its sessions')
    .argument('<name>', 'its name')
    .action(remove);
}

/** The address at which a one-time link is used. @param url where browsers reach the server, without a trailing slash */
export function passwordLink(url: string, token: string): string {
  return `${url}/auth/password?link=${token}`;
}

async function list({ json }: { json?: true }): Promise<void> {
  await withDatabase(async (pool) => {
    const slugs = new Map((await listOrganizations({ pool })).map(({ id, slug }) => [id, slug]));
    const accounts = (await listAccounts(pool)).map(
      ({ id, name, organizations, permissions, hasPassword, createdAt }) => ({
        id: toHex24(id),
        name,
        organizations: organizations?.flatMap((each) => slugs.get(each) ?? []) ?? null,
        permissions,
        hasPassword,
        createdAt,
      }),
    );
    if (json) return printJson(accounts);
    const rows = accounts.map(({ name, organizations, permissions, hasPassword, createdAt }) => [
      plain(name),
      organizations?.join(',') ?? 'all',
      hasPassword ? 'set' : 'not yet',
      moment(createdAt),
      permissions.length === ALL_PERMISSIONS.length ? 'all' : permissions.join(','),
    ]);
    print(table([['NAME', 'ORGS', 'PASSWORD', 'CREATED', 'PERMISSIONS'], ...rows]));
  });
}

async function add(given: string, { org, permissions }: AddOptions): Promise<void> {
  needOwnIssuer(readConfig());
  const name = accountName(given);
  if (name === undefined) throw new UsageError(`${JSON.stringify(plain(given))} is not a valid name.`);
  await withDatabase(async (pool, config) => {
    const named = org && (await Promise.all(org.map((each) => namedOrganization(pool, each))));
    const organizations = named?.map(({ id }) => id);
    const account = { name, ...(organizations && { organizations }), ...(permissions && { permissions }) };
    const token = await inviteAccount(pool, account);
    if (!token) throw new CommandError(`An account named ${JSON.stringify(plain(name))} already exists.`);
    await printLink(pool, config, token);
  });
}

async function reset(name: string): Promise<void> {
  needOwnIssuer(readConfig());
  await withDatabase(async (pool, config) => {
    const token = await resetAccount(pool, name);
    if (!token) throw noAccount(name);
    await printLink(pool, config, token);
  });
}

async function remove(name: string): Promise<void> {
  await withDatabase(async (pool) => {
    if (!(await removeAccount(pool, name))) throw noAccount(name);
    note(`Account ${plain(name)} is deleted and signed out everywhere.`);
  });
}

async function printLink(pool: Pool, config: Config, token: string): Promise<void> {
  const url = config.url ?? audienceOf(await issuerOf(pool, config));
  print(passwordLink(url, token));
  note('Whoever opens it first sets the password. It expires in a day.');
}

function noAccount(name: string): CommandError {
  return new CommandError(
    `No account is named ${JSON.stringify(plain(name))}. "openbulk accounts list" shows all accounts.`,
  );
}
